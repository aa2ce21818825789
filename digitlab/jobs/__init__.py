"""The queue's side of long work, each piece a process of its own: what people order, and the supervisor.

queue (digitlab.store) ─▶ supervisor ─▶ launch: a process ─▶ work.worker ─▶ work.kinds: training, …
            ▲                                                     │
            └───── work.exchange: rows, beats and commands ───────┘
"""
