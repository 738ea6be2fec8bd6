"""A run of tests in the XML that JUnit made common: what continuous integration reads. A file of tests is a suite of it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import groupby

from ringfence.testing.case import Result
from ringfence.testing.summary import Summary

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


def as_junit(summary: Summary) -> bytes:
    """The XML document."""
    root = ElementTree.Element("testsuites", _counts(list(summary.results)), name=_text(summary.name))
    for path, group in groupby(summary.results, key=lambda result: result.case.path):
        results = list(group)
        suite = ElementTree.SubElement(root, "testsuite", _counts(results), name=_text(path))
        for result in results:
            _add_test(suite, result)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(results: list[Result]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(not result.passed for result in results)),
        "errors": "0",
        "skipped": "0",
        "time": f"{sum(result.seconds for result in results):.6f}",
    }


def _add_test(suite: ElementTree.Element, result: Result) -> None:
    case = result.case
    test = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_text(case.path),
        name=_text(case.name),
        file=_text(case.path),
        line=str(case.line),
        time=f"{result.seconds:.6f}",
    )
    properties = ElementTree.SubElement(test, "properties")
    ElementTree.SubElement(properties, "property", name="fuel", value=str(result.fuel))
    if result.failure is not None:
        failure = ElementTree.SubElement(test, "failure", message=_text(result.failure.message))
        failure.text = _text(str(result.failure))


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
