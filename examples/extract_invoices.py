"""Invoices in Arabic into a pydantic model, asked for once more where the object does not fit.

OPENAI_API_KEY=... python examples/extract_invoices.py openai:gpt-4o-mini < invoice.txt
"""

import sys
from typing import Any

from pydantic import BaseModel, Field

import xlt


class Invoice(BaseModel):
    supplier: str
    total: float = Field(description="the amount to pay")
    currency: str | None = None


def invoice(model: Any, text: str) -> Invoice | None:
    found = xlt.ask(
        "extraction", text, model=model, output=Invoice, repair=True, default_language="ar"
    )
    for fault in found.faults:
        print(fault, file=sys.stderr)
    parsed: Invoice | None = found.parsed
    return parsed


if __name__ == "__main__":
    print(invoice(sys.argv[1], sys.stdin.read()))
