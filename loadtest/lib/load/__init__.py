"""What `loadtest/scenarios` is made of.

`site` is what is under load, embedded or the whole stack behind HAProxy, with a `ledger` of all that was written;
`run` is k6 against it, watched; `judge` compares what visitors saw with the ledger. `everyday`, `changes`, `outages` and
`balancer` hold the scenarios, functions given a `Site` and a `Scale`; `report` and `plot` write the page.
"""

# The names of all scenarios, in the order they are run: first those that need no more than one process, then all.
EMBEDDED = ["landing", "visitors", "spike", "leads", "reprice", "stock", "soak"]
WHOLE = [*EMBEDDED[:-1], "restart", "mariadb", "kafka", "valkey", "alb-hang", "alb-crash", "alb-all-unhealthy", "soak"]
