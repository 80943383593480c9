"""Theory of operation: the rules that decide when money moves. Read this first.

A cancel must be executed once, never twice, and its caller must learn what is proven. The answer to
a request can get lost after the provider has executed it. Everything here follows from that.

The core is pure. It reads no clock, draws no random number and does no I/O. Its generators yield
commands (`commands.py`); a driver in `_runtime/` performs each command and sends back the result
with the time. The blocking and the asynchronous client share every rule, and tests explore the
rules without a network.

One call of `cancel` goes through five steps (`cancel.py`):

1. Claim. The idempotency key is claimed in a key store: the client's memory, or a ledger
   (`idempotency.py`). A key that has a receipt, or a final refusal of this account, returns it;
   nothing is sent. If the provider has only accepted the cancel, it is read when that is due. A key
   of another cancellation, or one that another call works on, is an error; nothing is sent.
   Otherwise the claim returns the key's history: whether an earlier request under this key may have
   been executed, and when it was sent.

2. Read back, if the history says "maybe executed" and a repeat does harm. The provider's records
   are read before anything is sent. If they show the cancel, the call ends with a receipt. If they
   do not show it, the request may still arrive. So the cancel is sent again only if the last
   request is older than the late-arrival window and either the records are complete and lack the
   cancel, or a person has confirmed after that window that nothing was executed. Otherwise the
   outcome is unknown. Where the records bear no mark of a cancel, they are compared with a snapshot
   of the payment instead; then two equal reads, a window apart, end the call as not cancelled.

3. Send, with retries (`request.py`). A ledger records each attempt before its first byte leaves, so
   that a crash leaves "maybe executed" behind and never "not sent". The claim records the first
   attempt where no read comes before it. Where a snapshot is compared, it is taken before each send
   and recorded with the attempt; without it nothing is sent. The transport reports how far the
   request got (`exchange.py`): not sent, maybe sent, or responded. The provider's module
   interprets a reply as a verdict. A table (`retries.py`) decides what follows a verdict:

   * not sent, or 429: nothing was executed, so the request is sent again; but a gateway may send a
     PUT or DELETE again by itself, so after its 429 one that does harm is not repeated unread;
   * 401: a new token or a linked identity, then once more;
   * maybe executed: sent again in this call only where the provider documents that a repeat does
     no harm, and only where another answer can be expected;
   * done or refused: stop.

   What a reply proves is decided by one table (`provider/_evidence.py`).

4. Read back, if the last verdict or an earlier attempt leaves the outcome unknown and the provider
   has a read. Only a read that proves something changes the verdict. A refusal about the payment's
   state gets one look as well: it may be the answer to a second copy that a gateway has sent.

5. Record. The verdict and everything before it become a receipt or an error (`outcomes.py`), the
   key store records it, and the claim is released. If the claim's lease was lost meanwhile, another
   worker may be cancelling; then the call cannot say "not cancelled".

An interruption (Ctrl-C, a cancelled task, a signal) can strike at any step. `CallState` in
`request.py` is therefore kept up to date before and after each command, and a request that is
interrupted in flight counts as maybe executed.

Three rules hold throughout:

* "Cancelled" and "not cancelled" both need proof. Everything else is `OutcomeUnknown`.
* A refusal proves something about this request. It says something about an earlier request only
  where the provider documents that a repeat gets the same answer.
* One deadline covers everything: the claim, the requests, the waits and the reads. Recording the
  outcome may take 5 % longer.

| file             | rule                                                             |
|------------------|------------------------------------------------------------------|
| `cancel.py`      | the five steps; when a cancel may be sent again                  |
| `looks.py`       | reads before and after a cancel                                  |
| `follow_up.py`   | when an open cancel is read again, and when a person is asked    |
| `request.py`     | one request with its retries, token and linked identity          |
| `retries.py`     | the retry table; Retry-After                                     |
| `idempotency.py` | what a key store must keep, and how calls share it               |
| `outcomes.py`    | from the last verdict to a receipt or an error                   |
| `commands.py`    | what the core asks a driver for, and what it gets back           |
| `exchange.py`    | how far one request got                                          |
| `redaction.py`   | no credential is kept; a reply is judged before it is redacted   |
"""
