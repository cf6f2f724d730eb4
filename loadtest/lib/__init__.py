"""What `loadtest/figures`, `loadtest/drills` and `loadtest/stack` are made of.

`machine` owns processes and their CPU clocks, `http` is the client, `forecourt` and `peers` are the servers measured,
`table` holds bars and verdicts. `stack` is the whole stack, of `process`, `services`, `kafka`, `roles` and `proxy`;
`drill` holds the fault drills. Each other module measures one group of rows.
"""
