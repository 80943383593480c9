"""What the suite is made of: cases to play, and what was seen when they were played. Values."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

if TYPE_CHECKING:
    from tests.conformance.casting import Cast

Flavour = Literal["sync", "async"]
StoreKind = Literal["none", "sqlite", "postgresql"]

APIS = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
FLAVOURS: tuple[Flavour, ...] = ("sync", "async")
STORES: tuple[StoreKind, ...] = ("none", "sqlite")
DURABLE: tuple[StoreKind, ...] = ("sqlite", "postgresql")

RECEIPT = frozenset({"Receipt"})
UNKNOWN = frozenset({"OutcomeUnknown"})

Play = Callable[["Cast"], None]


@frozen(kw_only=True)
class Call:
    """One call of a client, as it looked from outside.

    `verdict` is `Receipt`, or the name of the exception. `refused` and `unknown` say which branch
    of the errors it belongs to. Executions are those of this stage: when the call began, when it
    returned, and when the next one began or everything late had arrived.
    """

    what: str
    key: str
    """The intent: executions while calls of other keys were made are theirs."""
    verdict: str
    allowed: frozenset[str]
    requests: int
    """Those that may execute something; `reads` are the others."""
    elapsed: float
    deadline: float
    before: int
    returned: int
    until: int
    reads: int = 0
    interrupted: bool = False
    refused: bool = False
    unknown: bool = False
    outcome: str | None = None
    evidence: str | None = None
    in_ledger: bool | None = None
    """Whether the key was among the unresolved ones afterwards; None where there is no ledger."""
    recorded: bool | None = None
    """Whether the ledger knew the key at all; None where there is no ledger."""
    ledger_failed: bool = False
    """Whether the ledger was kept from recording how this call ended."""
    trusted: bool = False
    """Whether its verdict rests on an answer that is believed although it is false."""
    accompanied: bool = False
    """Whether others used the key meanwhile: their requests are counted with the call's own."""


@frozen(kw_only=True)
class Observation:
    """One play from beginning to end.

    `executions` are those of this stage, `others` those that another client made of the same
    payment. `problems` are what the play itself found wrong, `figures` what it measured.
    """

    label: str
    api: str
    calls: tuple[Call, ...]
    executions: int
    others: int = 0
    intended: int = 1
    trusted: str | None = None
    """Why a false answer was to be believed; None where every answer was true or proved nothing."""
    unfinished: bool = False
    """Whether the provider accepts a cancel, and executes it when it is told to."""
    problems: tuple[str, ...] = ()
    figures: tuple[tuple[str, float], ...] = ()


@frozen(kw_only=True)
class Case:
    """One scenario in one form, at one provider, through one client, with one kind of ledger."""

    scenario: int
    variant: str
    api: str
    flavour: Flavour
    store: StoreKind
    play: Play = field(repr=False, eq=False)
    quick: bool = False

    @property
    def id(self) -> str:
        """The name by which the case is played alone."""
        return f"{self.scenario:02}-{self.variant}/{self.api}/{self.flavour}/{self.store}"


@frozen(kw_only=True)
class Entry:
    """A form of a scenario, to be multiplied by providers, clients and ledgers."""

    scenario: int
    variant: str
    play: Play = field(repr=False, eq=False)
    apis: tuple[str, ...] = APIS
    flavours: tuple[Flavour, ...] = FLAVOURS
    stores: tuple[StoreKind, ...] = STORES
    quick: bool = False

    def cases(self) -> list[Case]:
        """Every case; of a quick entry one per provider, client and ledger by turns, is quick."""
        made: list[Case] = []
        for turn, api in enumerate(self.apis):
            pairs = [(flavour, store) for store in self.stores for flavour in self.flavours]
            chosen = pairs[(turn + self.scenario + len(self.variant)) % len(pairs)]
            made.extend(
                self._case(api, pair, quick=self.quick and pair == chosen) for pair in pairs
            )
        return made

    def _case(self, api: str, pair: tuple[Any, Any], *, quick: bool) -> Case:
        return Case(
            scenario=self.scenario,
            variant=self.variant,
            api=api,
            flavour=pair[0],
            store=pair[1],
            play=self.play,
            quick=quick,
        )
