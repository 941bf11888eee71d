"""The SIP side: one baresip stack that takes every call, dials telephones, and signs in at the operator's.

A fast peer may be established before `dial` has returned, so its events are kept and replayed
(docs/decisions/0003).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine

from baresip import Runtime, UserAgent
from baresip.call import Call
from baresip.errors import BaresipError, NoLocalAddressError, RegistrationError
from baresip.events import Event, StackEvent

from siaga.adapters.phone.engine import CannotDial, EngineDown, OfferRefused
from siaga.adapters.phone.sip.accounts import account, config, own_addresses, transports, trunk_account
from siaga.adapters.phone.sip.connections import guard
from siaga.adapters.phone.sip.dialling import checked_caller_id, is_sip_address, uri_of
from siaga.adapters.phone.sip.options import PhoneOptions, Transport
from siaga.adapters.phone.sip.sources import Sources

__all__ = ["Trunk", "cause_of", "own_addresses"]

log = logging.getLogger(__name__)

DIAL_SECONDS_MAX = 20.0  # a desk telephone that has not been picked up by then is not staffed
COMMAND_SECONDS_MAX = 5.0
REGISTER_RETRY_SECONDS = 15.0  # the stack itself waits up to half an hour; an emergency line does not
CALLER_IDS_MAX = 16  # numbers we may show ourselves with; each costs an account in the stack

CLOSED_BY_PEER = "Connection reset by peer"  # the stack's words for an ordinary BYE or CANCEL
CLOSED_BY_SILENCE = "rtp stream error"


class Trunk:
    """The running stack. Every method belongs to the event loop; the stack's own threads never call out."""

    def __init__(
        self, options: PhoneOptions, incoming: Callable[[Call], None], died: Callable[[], None]
    ) -> None:
        self._options = options
        self._incoming = incoming
        self._died = died
        self._runtime: Runtime | None = None
        self._agents: dict[tuple[Transport, str], UserAgent] = {}
        self._operator: UserAgent | None = None
        self._sources = Sources(options.sources)
        self._tasks: set[asyncio.Task[None]] = set()
        self.state = ""  # how the registration stands, for people; empty when none is wanted

    async def start(self) -> None:
        """Listen, and sign in. Raises EngineDown when the port is taken or no address is there to listen on."""
        runtime = Runtime(command_timeout=COMMAND_SECONDS_MAX)
        runtime.on_dead = self._died
        self._sources.begin()
        logging.getLogger("baresip.call").setLevel(
            logging.WARNING
        )  # else a line a call: a flood fills the disk
        try:
            await runtime.start(config(self._options))
            self._runtime = runtime
            for transport in transports(self._options):
                await self._agent(transport, self._options.user)
            if self._options.trunk is not None:
                self._operator = await UserAgent.create(
                    runtime, trunk_account(self._options, self._options.trunk)
                )
                self._operator.on_incoming(self._on_incoming)
        except BaresipError as failed:
            where = f"{self._options.host}:{self._options.port}"
            raise EngineDown(f"the telephone cannot listen on {where}: {failed}") from failed
        self._spawn(guard((self._options.port, self._options.port + 1)))  # TLS listens one above
        if self._options.trunk is not None and self._options.trunk.register:
            self.state = "signing in"
            self._operator_listen()
            self._spawn(self._stay_registered())

    async def stop(self) -> None:
        """Hang up everything and end the stack."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runtime is not None:
            runtime, self._runtime = self._runtime, None
            self._agents, self._operator = {}, None
            await runtime.close()
        self._sources.end()

    # --- calling out ---

    async def dial_desk(self, uri: str) -> Call:
        """Call a desk telephone; returns when it has answered. Raises OfferRefused when it does not."""
        if not is_sip_address(uri):
            raise OfferRefused(f"{uri[:200]!r} did not answer: it is not a SIP address")
        try:
            call = await self._dial(await self._agent(_transport_of(uri), self._options.user), uri, {}, None)
        except CannotDial as refused:
            raise OfferRefused(f"{uri} did not answer: {refused}") from refused
        answered = False
        try:
            await call.wait_established(DIAL_SECONDS_MAX)
            answered = True
        except BaresipError as refused:
            raise OfferRefused(f"{uri} did not answer: {refused}") from refused
        finally:
            if not answered:
                with contextlib.suppress(BaresipError):
                    await call.hangup()
        return call

    async def dial(
        self, address: str, caller_id: str | None, watch: Callable[[Call], Callable[[StackEvent], None]]
    ) -> Call:
        """Call a number through the operator, or a SIP address; returns when the call is on its way.

        ``watch`` is given the call before any of its events and returns the listener for them. Raises CannotDial.
        """
        operator = self._options.trunk
        uri = uri_of(address, operator.address if operator else None)
        shown = checked_caller_id(caller_id) if caller_id is not None else self._options.user
        headers: dict[str, str] = {}
        if operator is not None and self._operator is not None and not address.lower().startswith("sip"):
            agent = self._operator
            if shown != (operator.user or self._options.user):
                headers["P-Asserted-Identity"] = (
                    f"<sip:{shown}@{operator.host}>"  # RFC 3325, as SIPconnect wants
                )
        else:
            agent = await self._agent(_transport_of(uri), shown)
        return await self._dial(agent, uri, headers, watch)

    async def _dial(
        self,
        agent: UserAgent,
        uri: str,
        headers: dict[str, str],
        watch: Callable[[Call], Callable[[StackEvent], None]] | None,
    ) -> Call:
        assert self._runtime is not None
        early: list[StackEvent] = []
        self._runtime.subscribe(early.append)
        try:
            call: Call = await agent.dial(uri, headers)
        except NoLocalAddressError as nowhere:
            raise CannotDial(f"no network of this machine leads to {uri}") from nowhere
        except (BaresipError, ValueError) as refused:
            raise CannotDial(f"{uri} could not be dialled: {refused}") from refused
        finally:
            self._runtime.unsubscribe(early.append)
        if watch is not None:
            call.on(watch(call))
        for event in early:  # the stack told these before the Call existed
            if event.call == call.handle:
                call._on_stack_event(event)
        return call

    async def _agent(self, transport: Transport, user: str) -> UserAgent:
        """Who answers and calls as this user over this transport; made when first needed."""
        assert self._runtime is not None
        if (transport, user) not in self._agents:
            if len(self._agents) >= CALLER_IDS_MAX:
                raise CannotDial(
                    f"{user} cannot be shown: this node has shown {CALLER_IDS_MAX} numbers already"
                )
            agent = await UserAgent.create(self._runtime, account(self._options, transport, user))
            agent.on_incoming(self._on_incoming)  # a call to this number finds this agent before the others
            self._agents[transport, user] = agent
        return self._agents[transport, user]

    # --- being called ---

    def _on_incoming(self, call: Call) -> None:
        if self._options.sources:
            self._spawn(self._if_let_in(call))
        else:
            self._incoming(call)

    async def _if_let_in(self, call: Call) -> None:
        if await self._sources.lets_in(call.call_id):
            self._incoming(call)
            return
        log.warning("a call from an address that SIAGA_TRUNK_SOURCES does not name was declined")
        with contextlib.suppress(BaresipError):
            await call.reject()

    # --- signing in ---

    def _operator_listen(self) -> None:
        def heard(event: StackEvent) -> None:
            if event.event is Event.REGISTER_OK:
                self.state = "registered"
            elif event.event is Event.REGISTER_FAIL:
                self.state = f"not registered: {event.text or 'no answer'}"

        assert self._operator is not None
        self._operator.on(heard)

    async def _stay_registered(self) -> None:
        """The stack renews a registration by itself; one that was refused is tried again soon, for ever."""
        while True:
            if self.state != "registered" and self._operator is not None:
                try:
                    await self._operator.register()
                except RegistrationError as refused:
                    self.state = f"not registered: {refused}"
                    log.error("the operator does not register us: %s", refused)
                except BaresipError as failed:
                    log.error("signing in at the operator's failed: %s", failed)
            await asyncio.sleep(REGISTER_RETRY_SECONDS)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _transport_of(uri: str) -> Transport:
    asked = uri.lower().partition("transport=")[2]
    return "tcp" if asked == "tcp" else "tls" if asked == "tls" else "udp"


def cause_of(text: str | None, *, answered: bool) -> str:
    """The stack's reason for a closed call, as one of engine.LEFT_CAUSES."""
    reason = text or ""
    if reason.startswith(CLOSED_BY_SILENCE):
        return "voice_stopped"
    if not reason or reason.startswith(CLOSED_BY_PEER):
        return "hung_up" if answered else "cancelled"
    if reason.startswith("487"):
        return "cancelled"
    return "network"
