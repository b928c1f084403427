"""The counts are those of the test cases, and nothing that failed or never ran counts as passed."""
import os
import tempfile
import unittest

import results

GTEST = """<testsuites><testsuite name="A">
<testcase name="one" status="run" result="completed"/>
<testcase name="two" status="run" result="completed"><failure message="no"/></testcase>
<testcase name="three" status="run" result="skipped"><skipped message="why"/></testcase>
<testcase name="four" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""


def junit(*programs):
    cases = "".join(f'<testcase name="{name}" status="{state}">{inner}</testcase>'
                    for name, state, inner in programs)
    return f"<testsuite>{cases}</testsuite>"


class Ctest(unittest.TestCase):
    def count(self, report, **gtest):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"junit.xml": report, **gtest}.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            result = results.count_ctest("x", os.path.join(folder, "junit.xml"), folder)
            return result.passed, result.failed, result.skipped

    def test_gtest_cases_count_one_by_one(self):
        self.assertEqual(self.count(junit(("net", "fail", "")), **{"net_test.xml": GTEST}),
                         (1, 1, 2))

    def test_a_program_without_report_counts_once(self):
        self.assertEqual(self.count(junit(("corpus", "run", ""), ("net", "fail", ""))), (1, 1, 0))

    def test_a_failed_program_whose_cases_all_passed_is_a_failure(self):
        clean = '<testsuites><testsuite><testcase name="a" status="run"/></testsuite></testsuites>'
        self.assertEqual(self.count(junit(("net", "fail", "")), **{"net_test.xml": clean}),
                         (1, 1, 0))

    def test_a_missing_program_is_a_failure_and_a_skip_is_a_skip(self):
        report = junit(("gone", "notrun", '<skipped message="Unable to find executable"/>'),
                       ("real", "notrun", '<skipped message="SKIP_RETURN_CODE=77"/>'))
        self.assertEqual(self.count(report), (0, 1, 1))


class Unittest(unittest.TestCase):
    def count(self, output, exit_code):
        result = results.count_unittest("x", output, exit_code)
        return result.passed, result.failed, result.skipped

    def test_all_passed(self):
        self.assertEqual(self.count("Ran 5 tests in 0.1s\n\nOK (skipped=1)\n", 0), (4, 0, 1))

    def test_failures_and_errors(self):
        self.assertEqual(self.count("Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=2)\n", 1),
                         (2, 3, 0))

    def test_nothing_ran(self):
        self.assertEqual(self.count("ImportError: x\n", 1), (0, 1, 0))
        self.assertEqual(self.count("Ran 0 tests in 0.0s\n\nOK\n", 0), (0, 1, 0))


class Story(unittest.TestCase):
    def count(self, last_line, exit_code):
        result = results.count_story("x", last_line, exit_code)
        return result.passed, result.failed, result.skipped

    def test_chapters_count(self):
        self.assertEqual(self.count("10 passed, 0 failed\n", 0), (10, 0, 0))
        self.assertEqual(self.count("4 passed, 6 failed\n", 1), (4, 6, 0))

    def test_skipped_is_not_passed(self):
        self.assertEqual(self.count("", 77), (0, 0, 1))

    def test_a_story_that_broke_off_is_a_failure(self):
        self.assertEqual(self.count("[ 1.0] starting\n", 0), (0, 1, 0))
        self.assertEqual(self.count("10 passed, 0 failed\n", 1), (10, 1, 0))


class Summary(unittest.TestCase):
    def test_adds_up(self):
        stages = [results.Result("a", 1, 2, 3), results.Result("b", 10, 0, 1)]
        self.assertEqual(results.summary(stages), "11 passed, 2 failed, 4 skipped")


if __name__ == "__main__":
    unittest.main()
