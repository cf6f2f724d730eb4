"""What the commands of `loadtest` are made of: `figures`, `compare`, `growth`, `report`, `drills`, `scenarios`, `stack`.

`machine` owns processes and their CPU clocks, `http` is the client, `forecourt` and `peers` are the servers measured,
`table` holds bars and verdicts. `stack` is the whole stack, of `process`, `services`, `kafka`, `roles` and `proxy`;
`drill` holds the fault drills, `load` the scenarios of `k6` behind `haproxy`. `sheet`, `chart` and `paper` are what is left of a
run, `promises` what it is held against. Each other module measures one group of rows.
"""
