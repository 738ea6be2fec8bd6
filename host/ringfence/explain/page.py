"""An explanation as a web page: one file without scripts or anything from elsewhere. All that it shows is escaped, because
names, sources and values come from bundles and events that are not trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape

from ringfence.explain.explanation import Explanation, Outcome, Trial
from ringfence.explain.observations import Observation
from ringfence.explain.outline import shown
from ringfence.explain.text import by, costs, summary

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222; background: #fff; }
code, pre { font-family: ui-monospace, monospace; font-size: 13px; }
pre { background: #f5f5f5; padding: .7em 1em; white-space: pre-wrap; overflow-wrap: anywhere; }
ul { list-style: none; border-left: 1px solid #ddd; margin: 0 0 0 .4em; padding-left: 1.2em; }
details { border: 1px solid #ddd; border-left-width: 5px; border-radius: 4px; margin: .4em 0; padding: .3em .8em; }
summary { cursor: pointer; }
.matched { border-left-color: #2a8a3e; }
.not-matched { border-left-color: #b23; }
.failed { border-left-color: #b23; background: #fff4f4; }
.true { color: #1d6f30; font-weight: 600; }
.false { color: #a11d2b; font-weight: 600; }
.value { color: #155a8a; }
.faint { color: #777; }
@media (prefers-color-scheme: dark) {
  body { background: #1b1b1b; color: #ddd; }
  pre { background: #262626; }
  details, ul { border-color: #444; }
  .failed { background: #2b1d1d; }
  .true { color: #6fcf85; } .false { color: #f0808a; } .value { color: #7fbfe8; } .faint { color: #999; }
}
"""


def as_page(explanation: Explanation, title: str) -> str:
    """The page as HTML."""
    name = escape(shown(title))
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width">',
        f"<title>{name}</title><style>{STYLE}</style></head><body>",
        f"<h1>{name}</h1>",
        *_result(explanation),
        f'<p class="faint">{escape(costs(explanation))}</p>',
        *(line for trial in explanation.trials for line in _trial(trial)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _result(explanation: Explanation) -> Iterator[str]:
    error = explanation.error
    if error is not None:
        place = f"{error.location}: " if error.location else ""
        yield f'<p class="false">error ({escape(error.kind)})</p>'
        yield f"<pre>{escape(shown(place + error.message))}</pre>"
        return
    yield f"<p>decided {escape(by(explanation))}</p>"
    text = json.dumps(explanation.decision, indent=1, ensure_ascii=True)
    yield f"<pre>{escape(text)}</pre>"


def _trial(trial: Trial) -> Iterator[str]:
    kind = trial.outcome.value.replace(" ", "-")
    is_open = " open" if trial.decided or trial.outcome is Outcome.FAILED else ""
    cost = "" if trial.outcome in (Outcome.NOT_TRIED, Outcome.DISABLED) else f" &middot; {trial.fuel:,} fuel"
    place = "" if trial.rule is None else f' <code class="faint">{escape(shown(trial.rule.location))}</code>'
    yield f'<details class="{kind}"{is_open}><summary><b>{escape(shown(trial.name))}</b> '
    yield f"{escape(summary(trial))}{cost}{place}</summary>"
    yield from _list(trial.why)
    if trial.then:
        yield '<p class="faint">then</p>'
        yield from _list(trial.then)
    if trial.is_cut:
        yield '<p class="faint">... and more than is shown</p>'
    yield "</details>"


def _list(found: tuple[Observation, ...]) -> Iterator[str]:
    if not found:
        return
    yield "<ul>"
    for one in found:
        text = escape(one.text or one.location)
        if not one.evaluated:
            yield f'<li class="faint"><code>{text}</code> (not evaluated)</li>'
            continue
        value = "" if one.value is None else f' = <code class="{_class(one)}">{escape(one.value)}</code>'
        yield f'<li title="{escape(shown(one.location))}"><code>{text}</code>{value}'
        yield from _list(one.parts)
        yield "</li>"
    yield "</ul>"


def _class(one: Observation) -> str:
    return {"True": "true", "False": "false"}.get(one.value or "", "value")
