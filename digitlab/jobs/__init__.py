"""Long work, each piece a process of its own: the queue's supervisor, the workers, and what they can do.

queue (digitlab.store) ─▶ supervisor ─▶ launch: a process ─▶ worker ─▶ kinds: training, …
            ▲                                                  │
            └───────── link: rows, beats and commands ─────────┘
"""
