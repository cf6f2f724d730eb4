"""What `loadtest/drills` is made of.

`watch` are the visitors who must notice nothing, `writer` the portals who go on writing, `site` a stack with both and
what must hold after each drill. Each other module holds the drills of one part: functions given a `Site`.
"""
