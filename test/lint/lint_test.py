"""Every rule of the lint fires on what it forbids and is quiet on its permitted neighbour."""
import os
import subprocess
import sys
import tempfile
import unittest

import allow_lists
import arrows
import lint
import text_rules

# (path, line that must be an offence there, path where the same line is fine)
RESTRICTED_CASES = {
    "timer": ("src/cns/x.cc", "asio::steady_timer t(ex);", "src/core/asio_clock.cc"),
    "now": ("src/kube/x.cc", "auto t = std::chrono::system_clock::now();",
            "src/core/asio_clock.cc"),
    "expires_after": ("src/cns/x.cc", "stream.expires_after(timeout);", "src/net/beast_client.cc"),
    "getenv": ("src/net/x.cc", 'auto* home = std::getenv("HOME");', "src/config/env.cc"),
    "random": ("src/reconcile/x.cc", "std::random_device seed;", "src/app/daemon.cc"),
    "detached": ("src/net/x.cc", "co_spawn(ex, run(), asio::detached);", "test/net/x_test.cc"),
    "mutex": ("src/core/x.h", "std::mutex guard_;", "test/real/x.cc"),
    "thread": ("src/core/x.h", "std::thread worker_;", "test/sim/x.cc"),
    "delete disk": ("src/cns/x.cc", 'body += "<deleteDisk>true</deleteDisk>";', "test/cns/x.cc"),
    "prometheus": ("src/app/x.cc", "#include <prometheus/counter.h>", "metrics/observer.cc"),
    "transport library": ("src/kube/x.cc", "#include <boost/beast/http.hpp>", "src/net/beast_a.cc"),
    "sleep": ("test/net/x_test.cc", "std::this_thread::sleep_for(1s);", "docs/x.md"),
    "sleep in Python": ("test/story/x.py", "time.sleep(1)", "test/story/children.py"),
}


def messages(path, source):
    return [message for _, message in lint.offences(path, source)]


class AllowLists(unittest.TestCase):
    def test_each_word_is_an_offence_where_it_is_not_allowed(self):
        for name, (path, line, _) in RESTRICTED_CASES.items():
            with self.subTest(name):
                self.assertTrue(messages(path, line + "\n"))

    def test_each_word_is_fine_where_it_is_allowed(self):
        for name, (_, line, path) in RESTRICTED_CASES.items():
            with self.subTest(name):
                self.assertEqual(messages(path, line + "\n"), [])

    def test_every_rule_has_a_case(self):
        cases = {name.removesuffix(" in Python") for name in RESTRICTED_CASES}
        self.assertEqual(cases, {rule.name for rule in allow_lists.RESTRICTED})

    def test_every_exception_states_its_reason(self):
        for rule in allow_lists.RESTRICTED:
            for path, reason in rule.allowed.items():
                self.assertGreater(len(reason), 10, f"{rule.name}: {path}")

    def test_comments_and_literals_are_not_code(self):
        source = '// no mutex here\nlog("getenv failed"); /* detached */\n'
        self.assertEqual(messages("src/net/x.cc", source), [])

    def test_delete_disk_false_is_fine(self):
        self.assertEqual(messages("src/cns/x.cc", 'put("<deleteDisk>false</deleteDisk>");\n'), [])

    def test_delete_disk_as_code(self):
        self.assertTrue(messages("src/cns/x.cc", "spec.delete_disk = true;\n"))

    def test_a_fourth_beast_file_is_one_too_many(self):
        sources = {f"src/net/beast_{n}.cc": "#include <boost/beast/core.hpp>\n" for n in "abc"}
        self.assertEqual(list(allow_lists.too_many_beast_files(sources)), [])

        sources["src/net/beast_d.cc"] = sources["src/net/beast_a.cc"]
        self.assertEqual([path for path, _ in allow_lists.too_many_beast_files(sources)],
                         ["src/net/beast_d.cc"])

    def test_beast_behind_a_header_counts(self):
        sources = {f"src/net/{n}.cc": '#include "net/a.h"\n' for n in "abcd"}
        sources["src/net/a.h"] = '#include "net/b.h"\n'
        self.assertEqual(list(allow_lists.too_many_beast_files(sources)), [])

        sources["src/net/b.h"] = "#include <boost/beast/http.hpp>\n"
        self.assertEqual([path for path, _ in allow_lists.too_many_beast_files(sources)],
                         ["src/net/d.cc"])


class Arrows(unittest.TestCase):
    def includes(self, path, included):
        return messages(path, f'#include "{included}"\n')

    def test_every_arrow_that_is_not_drawn_is_an_offence(self):
        for room in arrows.MAY_INCLUDE:
            for target in arrows.MAY_INCLUDE:
                legal = target == room or target in arrows.MAY_INCLUDE[room]
                path = "metrics/x.cc" if room == "metrics" else f"src/{room}/x.cc"
                with self.subTest(f"{room} -> {target}"):
                    self.assertEqual(self.includes(path, f"{target}/x.h") == [], legal)

    def test_the_border_between_the_two_sides(self):
        self.assertTrue(self.includes("src/cns/x.cc", "informers/cluster_cache.h"))
        self.assertTrue(self.includes("src/informers/x.cc", "cns/soap.h"))
        self.assertTrue(self.includes("src/core/x.h", "net/http.h"))

    def test_reconcile_sees_ports_only(self):
        self.assertEqual(self.includes("src/reconcile/x.h", "cns/cns_api.h"), [])
        self.assertEqual(self.includes("src/reconcile/x.h", "informers/cluster_view.h"), [])
        self.assertTrue(self.includes("src/reconcile/x.h", "cns/session.h"))

    def test_paths_start_at_the_room(self):
        self.assertTrue(self.includes("src/net/x.cc", "http.h"))
        self.assertTrue(self.includes("src/net/x.cc", "../core/clock.h"))

    def test_a_new_room_must_be_given_arrows(self):
        self.assertTrue(messages("src/attic/x.cc", "int a;\n"))

    def test_the_simulators_do_not_borrow_from_the_product(self):
        self.assertTrue(self.includes("test/sim/x.cc", "cns/soap.h"))
        self.assertEqual(self.includes("test/sim/x.cc", "net/http_server.h"), [])


class Text(unittest.TestCase):
    def test_long_files(self):
        longest = "int a;\n" * (text_rules.LONGEST - 1)
        for path in ("src/net/x.cc", "metrics/x.h", "test/net/x_test.cc"):
            with self.subTest(path):
                self.assertEqual(messages(path, longest), [])
                self.assertEqual(len(messages(path, longest + "int b;\n")), 1)

    def test_long_documents_are_fine(self):
        self.assertEqual(messages("docs/metrics.md", "row\n" * 1000), [])

    def test_foreign_names(self):
        for text in ("/wor" + "k/main/src", "see ../shar" + "ed/design.md", "proxy.golang" + ".org",
                     "https://pypi" + ".org/simple", "deb.debian" + ".org"):
            with self.subTest(text):
                self.assertTrue(messages("docs/x.md", f"as in {text}\n"))

    def test_own_paths_are_fine(self):
        self.assertEqual(messages("docs/x.md", "src/work/x.cc, shared/, etc/work/x\n"), [])


class Program(unittest.TestCase):
    def run_lint(self, path):
        return subprocess.run([sys.executable, os.path.join(os.path.dirname(lint.__file__),
                                                            "lint.py"), path],
                              capture_output=True, text=True, check=False)

    def test_exit_status_and_output(self):
        with tempfile.TemporaryDirectory(dir=os.path.join(lint.ROOT, "test")) as folder:
            path = os.path.join(folder, "x.cc")
            with open(path, "w", encoding="utf-8") as file:
                file.write("\nawaitable<int> f() { co_await g(Agg{1}); }\n")
            bad = self.run_lint(path)
            with open(path, "w", encoding="utf-8") as file:
                file.write("awaitable<int> f() { co_await g(a); }\n")
            good = self.run_lint(path)

        self.assertEqual((bad.returncode, good.returncode), (1, 0))
        self.assertIn("x.cc:2: co_await", bad.stdout)


if __name__ == "__main__":
    unittest.main()
