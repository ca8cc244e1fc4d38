"""Charts beside their tables, on desk screens alone.

Plotly's smallest bundle with bars (`plotly.js-basic-dist-min`) is a part of the build that a page asks for only when
it is ready and wide enough; phones never do. What a chart says its table says too: charts are hidden from readers.
"""

import reflex as rx

from app.web.components.basics import Text

PLOTLY = "plotly.js-basic-dist-min@4.1.1"


class RankingChart(rx.Component):
    """Rows with rank, region, figure, whole_percent, and of that confirmed_percent and waiting_percent, as bars."""

    library = "$/public" + rx.asset("ranking.js", shared=True)
    tag = "RankingChart"
    lib_dependencies: list[str] = [PLOTLY]

    rows: rx.Var[list]
    confirmed: rx.Var[str]
    waiting: rx.Var[str]
    unpaid: rx.Var[str]


def ranking_chart(rows: rx.Var, *, confirmed: Text, waiting: Text, unpaid: Text) -> rx.Component:
    return RankingChart.create(rows=rows, confirmed=confirmed, waiting=waiting, unpaid=unpaid)
