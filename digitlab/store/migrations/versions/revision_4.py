"""Steps keep the sizes of weights and gradients, epochs the plain loss of training digits."""

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    op.add_column("step_metrics", sa.Column("layers", sa.JSON))
    op.add_column("epoch_metrics", sa.Column("plain_loss", sa.Double))
    op.add_column("epoch_metrics", sa.Column("plain_accuracy", sa.Double))
