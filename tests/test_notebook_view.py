"""What a notebook shows of an estimator: scikit-learn's diagram, and the network fitted."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sktcn import LSTMClassifier, TCNClassifier
from sktcn.estimators.summary import summary

OPTIONS = {
    "TCN": (
        {},
        {"residual": "concat", "norm": "weight", "activation": "prelu", "pooling": "attention"},
        {"multiscale": False, "n_filters": [3, 5], "missing": "mask", "n_estimators": 2},
    ),
    "LSTM": (
        {},
        {"bidirectional": True, "n_layers": 2, "residual": "concat", "patch_size": 1},
        {"n_layers": 2, "norm": "batch", "activation": "prelu", "differences": False},
    ),
}


class Cells(HTMLParser):
    """Collects the rows of the network's table; checks that tags are closed as they were opened."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.open = [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def network_part(html):
    return html[html.index('<div class="sktcn-network">') :]


def number(cell):
    return int(cell.replace(",", ""))


@pytest.fixture(params=range(3))
def fitted(request, tiny, data):
    options = next(v for k, v in OPTIONS.items() if tiny.args[0].startswith(k))[request.param]
    return tiny(**options).fit(*data)


def test_it_shows_the_diagram_and_the_network(fitted):
    html = fitted._repr_html_()
    assert "sk-top-container" in html
    heading, *layers = Cells(network_part(html)).rows
    assert heading == ["layer", "details", "width", "sees", "parameters"]
    module = fitted.net_.module_
    n_parameters = sum(each.numel() for each in module.parameters())
    assert sum(number(row[4]) for row in layers) == n_parameters
    assert f"{n_parameters:,} parameters" in html
    assert number(layers[-1][2]) == module.head.out_features
    assert number(layers[-2][2]) == module.head.in_features
    assert number(layers[0][2]) == fitted._preparation.channels_read


def test_jupyter_is_given_the_same(fitted):
    bundle = fitted._repr_mimebundle_()
    assert network_part(bundle["text/html"]) == network_part(fitted._repr_html_())
    assert bundle["text/plain"] == repr(fitted)


def test_text_has_what_the_table_has(fitted):
    headline, *lines = summary(fitted).splitlines()
    html = network_part(fitted._repr_html_())
    assert headline in html
    for line, row in zip(lines, Cells(html).rows, strict=True):
        assert "".join(line.split()) == "".join("".join(row).split())


def test_layers_say_how_far_they_see(labelled):
    X, y = labelled
    tcn = TCNClassifier(n_filters=4, n_blocks=3, kernel_size=3, max_epochs=1).fit(X, y)
    sees = [row[3] for row in Cells(network_part(tcn._repr_html_())).rows]
    assert sees == ["sees", "1", "5", "13", "29", "29", "all", "all"]
    assert tcn.receptive_field_ == 29
    lstm = LSTMClassifier(hidden_size=4, patch_size=4, max_epochs=1).fit(X, y)
    sees = [row[3] for row in Cells(network_part(lstm._repr_html_())).rows]
    assert sees == ["sees", "1", "4", "all before", "all before", "all", "all"]
    pooling = summary(lstm).splitlines()[-2].split()
    assert pooling[:2] == ["pooling", "mean+max"]


def test_unfitted_there_is_no_network(tiny):
    assert "sktcn-network" not in tiny()._repr_html_()
    assert "sktcn-network" not in tiny()._repr_mimebundle_()["text/html"]
    with pytest.raises(NotFittedError):
        summary(tiny())


def test_in_a_pipeline_or_a_search_the_diagram_is_scikit_learns(tiny, data):
    X, y = data
    pipeline = make_pipeline(FunctionTransformer(), tiny()).fit(X, y)
    assert type(tiny()).__name__ in pipeline._repr_html_()
    search = GridSearchCV(tiny(), {"lr": [0.01]}, cv=2).fit(X, y)
    assert type(tiny()).__name__ in search._repr_html_()


def test_text_alone_where_it_was_asked_for(tiny, data):
    estimator = tiny().fit(*data)
    with config_context(display="text"):
        assert "text/html" not in estimator._repr_mimebundle_()
        assert not hasattr(estimator, "_repr_html_")


def test_names_are_escaped(labelled):
    kind = type("<script>alert(1)</script>", (TCNClassifier,), {})
    estimator = kind(n_filters=2, n_blocks=1, max_epochs=1).fit(*labelled)
    part = network_part(estimator._repr_html_())
    assert "<script>" not in part
    assert "&lt;script&gt;" in part
