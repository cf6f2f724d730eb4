"""What `loadtest/figures` is made of.

`machine` owns processes and their CPU clocks, `http` is the client, `forecourt` and `peers` are the servers measured,
`table` holds bars and verdicts. Each other module measures one group of rows.
"""
