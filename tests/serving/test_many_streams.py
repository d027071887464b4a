"""200 streams at once, whole and each to its own client."""

import asyncio
import json

import httpx
import pytest
from running_app import running, served

STREAMS = 200
PIECES = 10


async def counting(scope, receive, send):
    """An upstream that sends back the number in the last message, piece by piece."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    said = json.loads(body)["messages"][-1]["content"]
    number = said.partition("number ")[2].partition("?")[0]
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    texts = [*(f"Thinking {place}.\n" for place in range(PIECES)), f"Answer: {number}"]
    for text in texts:
        await asyncio.sleep(0.05)
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        event = f"data: {json.dumps({'choices': [choice]})}\n\n"
        await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def ask(client, number):
    """Return the answer of a stream, and how many pieces came."""
    question = f"What is the number {number}?"
    body = {
        "model": "xlt/mgsm@m",
        "messages": [{"role": "user", "content": question}],
        "stream": True,
        "xlt": {"language": "en"},
    }
    events = []
    async with client.stream("POST", "/v1/chat/completions", json=body) as response:
        assert response.status_code == 200
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                events.append(json.loads(line.removeprefix("data: ")))
    texts = [one["choices"][0]["delta"]["content"] for one in events if one["choices"]]
    return events[-1]["xlt"]["answer"], len(texts)


@pytest.mark.slow
@pytest.mark.real_server
def test_each_stream_gets_its_own_answer():
    async def all_of(url):
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
            made = await asyncio.gather(*[ask(client, number) for number in range(STREAMS)])
            counts = (await client.get("/metrics")).text
        return made, counts

    with running(counting) as upstream, served(f"{upstream}/v1") as url:
        made, counts = asyncio.run(all_of(url))
    assert made == [(number, PIECES + 1) for number in range(STREAMS)]
    assert f'xlt_calls_total{{code="200",task="arithmetic_reasoning"}} {STREAMS}.0' in counts
    assert "xlt_calls_under_way 0.0" in counts
