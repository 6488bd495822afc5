# SPDX-License-Identifier: Apache-2.0
"""examples/python/decorated.py - every call of a function is a run, ordinary or async"""
import asyncio

import aico2


@aico2.track(country="FR", stage="inference", on_report=lambda report: print(f"{report!r}"))
def answer(question: str) -> str:
    return question.upper()


@aico2.track(country="FR", name="many")
async def answer_many(questions: list) -> list:
    async def one(question: str) -> str:
        await asyncio.sleep(0.01)
        return question.upper()

    return await asyncio.gather(*(one(question) for question in questions))


print(answer("what did that cost?"))
print(asyncio.run(answer_many(["one", "two"])))
