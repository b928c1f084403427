"""The co_await rule fires on everything that g++ 12 miscompiles, and leaves the house form alone."""
import unittest

import await_rule

# Bodies of a coroutine. Those marked so were seen to crash or to be refused by g++ 12.2.
BAD = {
    "aggregate argument (double free)": "co_await send(Request{a, b});",
    "designated aggregate (double free)": "co_await send({.path = a, .body = b});",
    "aggregate by const reference (double free)": "auto r = co_await send_ref(Request{a, b});",
    "choice of aggregates (double free)": "co_await send(hot ? Request{a} : Request{b});",
    "method of an aggregate (double free)": "co_await Caller{Request{a}}.call();",
    "capturing lambda (double free)": "co_await run([s = std::string(a)] { use(s); });",
    "capturing lambda, by copy (double free)": "auto r = co_await run([=]() { return s; });",
    "capturing lambda behind a name (double free)": "co_await run(ex, [p = std::move(p)] {}, t);",
    "lambda coroutine handed to co_spawn (double free)":
        "co_await co_spawn(ex, [p = std::move(p)]() -> awaitable<void> { co_return; }, token);",
    "initiation lambda (use after free)":
        "co_await async_initiate<Token, void()>([shared](auto&& h) { shared->add(h); }, token);",
    "initializer list (does not compile)": "co_await pick({\"a\", \"b\"});",
    "braced vector (does not compile)": "co_await pick(std::vector<std::string>{a, b});",
    "await inside an aggregate": "Request r{co_await token(), 1};",
    "await inside an assigned aggregate": "Request r = {co_await token(), 1};",
    "await inside a returned aggregate": "co_return Request{co_await token(), 1};",
    "await inside a constructor call": "co_return Request(co_await token());",
    "await as an argument": "use(co_await token());",
    "await as an argument of an await": "co_await send(co_await token());",
    "two awaits in a condition": "if (co_await first() || co_await second()) stop();",
    "two awaits in a sum": "int n = co_await first() + co_await second();",
    "await in a choice": "int n = hot ? co_await first() : 0;",
    "choice of arguments": "co_await send(hot ? first : second);",
    "await in a range": "for (auto& x : co_await list()) use(x);",
    "await behind a comma": "int a = 1, b = co_await first();",
    "member of the result": "auto x = (co_await first()).value();",
    "lambda by reference": "co_await run([&] { use(s); });",
    "await in a macro": "ASSERT_TRUE(co_await first());",
    "await on several lines": "co_await send(\n    first,\n    Request{a,\n            b});",
    "behind a clause": "if (ready) co_await next(a);",
    "behind a loop": "for (int i = 0; i < 3; ++i) co_await next(i);",
    "behind else": "if (a) { stop(); } else co_await next(a);",
    "clause of a clause": "for (int i = 0; i < 3; ++i) if (!co_await next(i)) stop();",
}

GOOD = {
    "bare": "co_await timer.wait();",
    "assigned": "sent = co_await cns_.update(update);",
    "declared": "const Outcome<> sent = co_await cns_.update(update);",
    "declared, templates": "const Outcome<std::vector<VolumeId>> ids = co_await api_->query_ids();",
    "declared, auto": "auto sent = co_await api.update(std::move(update));",
    "binding": "auto [ec, n] = co_await stream.async_read_some(buffer, as_tuple(use_awaitable));",
    "returned": "co_return co_await next(a, b);",
    "ignored": "(void)co_await next(a);",
    "negated condition": "if (!co_await next(a)) { stop(); }",
    "condition": "while (co_await next(a)) { step(); }",
    "either of two": "auto winner = co_await (work(a) || clock.sleep_until(then));",
    "member": "this->last_ = co_await next(a);",
    "behind a label": "switch (kind) { case Kind::kHot: co_await next(a); break; default: break; }",
    "brace of the statement before": "const Request r{a, b}; co_await send(r);",
    "lambda of the statement before": "auto use = [a] { f(a); }; co_await run(use);",
    "subscript": "co_await next(list[0], table[key]);",
    "literals": 'co_await next("{", \'{\', R"(co_await {)");',
    "comment": "// co_await f(Agg{1});\n/* co_await g({}) */ co_await next(a);",
    "plain lambda coroutine": "auto f = [](int a) -> awaitable<void> { co_await next(a); };",
}


def found(body):
    source = "asio::awaitable<int> room::run(int a) {\n" + body + "\n}\n"
    return [message for _, message in await_rule.offences(source)]


class AwaitRule(unittest.TestCase):
    def test_fires_on_each_dangerous_form(self):
        for name, body in BAD.items():
            with self.subTest(name):
                self.assertIn(await_rule.MESSAGE, found(body))

    def test_is_quiet_on_the_house_form(self):
        for name, body in GOOD.items():
            with self.subTest(name):
                self.assertEqual(found(body), [])

    def test_capturing_lambda_that_is_a_coroutine(self):
        body = "auto f = [this]() -> asio::awaitable<void> { co_await step(); };"
        self.assertEqual(found(body), [await_rule.LAMBDA_MESSAGE])

    def test_capturing_lambda_around_a_plain_coroutine(self):
        body = "auto f = [this] { start([](int a) -> awaitable<void> { co_await step(a); }); };"
        self.assertEqual(found(body), [])

    def test_reports_the_line_of_the_await(self):
        source = "awaitable<void> f() {\n  int a = 1;\n  co_await g(Agg{a});\n}\n"
        self.assertEqual([line for line, _ in await_rule.offences(source)], [3])


if __name__ == "__main__":
    unittest.main()
