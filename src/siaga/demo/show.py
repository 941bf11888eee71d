"""Running the demonstration: real SIP calls with spoken audio to our own node, panic presses, robot colleagues."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from siaga.adapters.phone.drill.caller import DrillCaller
from siaga.adapters.phone.node import DEMO_HEADER
from siaga.adapters.phone.sound.frames import Samples, pause, read_wav
from siaga.demo.robots import Robots
from siaga.demo.story import Scene
from siaga.domain.roles import Person, Role
from siaga.features.citizen.actions import press_panic
from siaga.records.archive import Archive, Transaction

log = logging.getLogger("siaga.demo")

ROBOT_TAKERS = 3
STEP_SECONDS = 0.5
CALL_SECONDS_MAX = 120.0  # a caller nobody answers gives up; people do
AFTER_SECONDS = 100.0  # the last incidents are seen to their end


@dataclass(frozen=True)
class Stage:
    """Where the demonstration plays."""

    archive: Archive
    sip: str
    prompts: Path
    now: Callable[[], datetime]


async def perform(
    stage: Stage, robots: Robots, scenes: tuple[Scene, ...], say: Callable[[str], None]
) -> None:
    """Play all scenes, then let the robots finish."""
    robots.scenes.update({scene.number: scene for scene in scenes})
    begun = asyncio.get_running_loop().time()
    working = asyncio.create_task(_work(stage, robots), name="robots")
    try:
        async with asyncio.TaskGroup() as callers:
            for scene in scenes:
                await asyncio.sleep(max(0.0, begun + scene.at - asyncio.get_running_loop().time()))
                say(
                    f"{scene.at:6.0f} s  {'SOS ' if scene.is_panic else '112 '} {scene.phrase.say or '(senyap)'}"
                )
                callers.create_task(_press(stage, scene) if scene.is_panic else _dial(stage, scene))
        await asyncio.sleep(AFTER_SECONDS)
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


async def _work(stage: Stage, robots: Robots) -> None:
    while True:
        await robots.step(stage.now())
        await asyncio.sleep(STEP_SECONDS)


async def _dial(stage: Stage, scene: Scene) -> None:
    caller = DrillCaller(
        stage.sip,
        scene.number,
        audio=_speech(stage.prompts, scene),
        headers={DEMO_HEADER: "1"},
        name="CONTOH",
    )
    try:
        status = await caller.start()
    except (TimeoutError, OSError) as failure:
        log.warning("the demonstration's call was not answered: %s", failure)
        return
    if status != 200:
        log.warning("the demonstration's call was answered with %d", status)
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(caller.ended.wait(), CALL_SECONDS_MAX)
    await caller.hang_up()


async def _press(stage: Stage, scene: Scene) -> None:
    await stage.archive.do(
        press_panic,
        lat=scene.lat,
        lon=scene.lon,
        accuracy_m=20.0,
        number=scene.number,
        device="demo",
        said=scene.phrase.say,
        demo=True,
        now=stage.now(),
    )


def _speech(folder: Path, scene: Scene) -> Samples:
    """What he says, or the silence of a ghost call."""
    path = folder / f"{scene.phrase.clip}.wav"
    return read_wav(path) if scene.phrase.say and path.is_file() else pause(1.0)


async def hire_robots(tx: Transaction, *, now: datetime) -> tuple[str, ...]:
    """Accounts for the robot takers; nobody can sign in with them."""
    hired = []
    for number in range(1, ROBOT_TAKERS + 1):
        id = f"demo-robot-{number}"
        if await tx.seek(Person, id) is None:
            tx.put(
                Person(
                    id=id,
                    username=id,
                    name=f"CONTOH Robot {number}",
                    password_hash="!",  # noqa: S106 - no password has this hash
                    roles=(Role.TAKER,),
                    active=False,
                    sample=True,
                    created_at=now,
                )
            )
        hired.append(id)
    return tuple(hired)
