"""Counts test cases from what the test programs write, and prints the table at the end."""
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

SKIPPED = 77  # exit code of a story whose servers this machine cannot have


@dataclass
class Result:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""


def count_ctest(name, junit, gtest_folder):
    """Cases of GoogleTest programs count one by one; other programs, and crashed ones, count once."""
    result = Result(name)
    for program in ET.parse(junit).getroot().iter("testcase"):
        state = program.get("status")
        report = gtest_report(gtest_folder, program.get("name"))
        if report:
            cases = count_gtest(report)
            result.passed += cases.passed
            result.failed += cases.failed
            result.skipped += cases.skipped
            # A sanitizer report after the last case fails the program, not a case.
            result.failed += state == "fail" and cases.failed == 0
        elif state == "run":
            result.passed += 1
        elif state in ("notrun", "disabled"):
            # ctest calls a missing program "not run"; exit code 77 comes with a skip message.
            is_skip = program.find("skipped") is not None and \
                "SKIP" in (program.find("skipped").get("message") or "")
            result.skipped += is_skip
            result.failed += not is_skip
        else:
            result.failed += 1
    return result


def gtest_report(folder, test):
    """A program writes <program>.xml; ctest knows it by that name or by the room alone."""
    names = (f"{test}.xml", f"{test}_test.xml")
    return next((p for p in (os.path.join(folder, n) for n in names) if os.path.exists(p)), None)


def count_gtest(report):
    result = Result(report)
    for case in ET.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            result.skipped += 1
        else:
            result.passed += 1
    return result


def count_unittest(name, output, exit_code):
    ran = re.search(r"^Ran (\d+) tests?", output, re.MULTILINE)
    if not ran:
        return Result(name, failed=1, note="did not run")
    total = int(ran.group(1))
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", output))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", output))
    if exit_code != 0 or total == 0:
        failed = max(failed, 1)
    return Result(name, max(total - failed - skipped, 0), failed, skipped)


def count_story(name, last_line, exit_code):
    if exit_code == SKIPPED:
        return Result(name, skipped=1, note="skipped: no Go here that can build the real servers")
    counted = re.fullmatch(r"(\d+) passed, (\d+) failed", last_line.strip())
    if not counted:
        return Result(name, failed=1, note=f"ended with exit code {exit_code}")
    passed, failed = (int(n) for n in counted.groups())
    return Result(name, passed, max(failed, int(exit_code != 0 or passed == 0)))


def table(results):
    width = max(len(r.name) for r in results)
    lines = [f"{'':{width}}  passed  failed  skipped  seconds"]
    for r in results:
        line = f"{r.name:{width}}  {r.passed:6}  {r.failed:6}  {r.skipped:7}  {r.seconds:7.1f}"
        lines.append(f"{line}  {r.note}".rstrip())
    return "\n".join(lines)


def summary(results):
    return (f"{sum(r.passed for r in results)} passed, {sum(r.failed for r in results)} failed, "
            f"{sum(r.skipped for r in results)} skipped")
