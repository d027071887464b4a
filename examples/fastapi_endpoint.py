"""A web service that answers word problems in any language.

uvicorn examples.fastapi_endpoint:app      (XLT_URL and XLT_NAME: the server and its model)
curl localhost:8000/solve -H 'content-type: application/json' -d '{"problem": "3 + 4 = ?"}'
"""

import os
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field

import xlt
from xlt.backends import Backend, OpenAICompatible, send
from xlt.backends.errors import BackendError

app = FastAPI()


class Question(BaseModel):
    problem: Annotated[str, Field(max_length=4000)]
    language: str | None = None


class Solved(BaseModel):
    value: int | float | None
    status: str
    language: str


def backend() -> Backend:
    return OpenAICompatible(os.environ["XLT_URL"], os.environ["XLT_NAME"], timeout=60)


@app.post("/solve")
async def solve(question: Question, model: Annotated[Backend, Depends(backend)]) -> Solved:
    try:
        prompt = xlt.compose("mgsm", question.problem, language=question.language, guard="delimit")
        reply = await send(model, prompt)
    except BackendError as error:
        raise HTTPException(502, str(error)) from error
    except xlt.XLTError as error:
        raise HTTPException(422, str(error)) from error
    answer = prompt.parse(reply)
    return Solved.model_validate({**answer.to_json(), "language": prompt.language.tag})
