"""What `loadtest/scenarios` is made of.

`site` is what is under load, embedded or the whole stack behind HAProxy, with a `ledger` of all that was written;
`run` is k6 against it, watched; `judge` compares what visitors saw with the ledger. `everyday`, `changes`, `outages` and
`balancer` hold the scenarios, functions given a `Site` and a `Scale`; `report` and `plot` write the page.
"""
