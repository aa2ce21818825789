"""Rows hold keys of blobs: a checkpoint's was its name in the run's folder, a trial's place for its model a path."""

import json

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"

_checkpoints = sa.table("checkpoints", sa.column("job"), sa.column("file"))
_jobs = sa.table("jobs", sa.column("id"), sa.column("kind"), sa.column("spec", sa.JSON))


def upgrade() -> None:
    connection = op.get_bind()
    key = sa.literal("runs/") + sa.cast(_checkpoints.c.job, sa.String) + "/" + _checkpoints.c.file
    connection.execute(sa.update(_checkpoints).where(_checkpoints.c.file.not_like("%/%")).values(file=key))
    training = sa.select(_jobs.c.id, _jobs.c.spec).where(_jobs.c.kind == "training")
    for job, spec in connection.execute(training).all():
        out = spec.get("out") if isinstance(spec, dict) else None
        if isinstance(out, str) and out.replace("\\", "/").endswith(f"/runs/{job}"):
            changed = json.loads(json.dumps(spec)) | {"out": f"runs/{job}"}
            connection.execute(sa.update(_jobs).where(_jobs.c.id == job).values(spec=changed))
