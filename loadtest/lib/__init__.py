"""What `loadtest/figures`, `loadtest/drills`, `loadtest/scenarios` and `loadtest/stack` are made of.

`machine` owns processes and their CPU clocks, `http` is the client, `forecourt` and `peers` are the servers measured,
`table` holds bars and verdicts. `stack` is the whole stack, of `process`, `services`, `kafka`, `roles` and `proxy`;
`drill` holds the fault drills, `load` the scenarios of `k6` behind `haproxy`. Each other module measures one group of rows.
"""
