// How an admin finds our calls in vCenter's logs.
#include <set>

#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Trace, EveryRequestHasAnOperationIdOfItsOwn) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.script_update("vol-1", "task-1");
  vc.update("vol-1");

  std::set<std::string> ids;
  std::size_t calls = 0;
  for (const HttpRequest& request : vc.http.requests()) {
    if (request.method != "POST") continue;
    ++calls;
    const std::string_view body = request.body;
    constexpr std::string_view kOpen = "<soapenv:Header><operationID>";
    const std::size_t from = body.find(kOpen);
    ASSERT_NE(from, std::string_view::npos) << body;
    const std::string_view id = body.substr(from + kOpen.size());
    ids.emplace(id.substr(0, id.find('<')));
  }
  EXPECT_EQ(ids.size(), calls);
  for (const std::string& id : ids) EXPECT_THAT(id, StartsWith("vsyncer-"));
}

TEST(Trace, AFailedTaskIsNamedAsVcentersLogsKnowIt) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.cns("CnsUpdateVolumeMetadata").reply(200, script::task_answer("task-1"));
  vc.script_modify("task-1");
  vc.script_news(script::task_info("task-1", "error",
                                   "<error>" + script::localized("CnsFault", "no") +
                                       "</error><activationId>4f2a</activationId>"));

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->error.trace, "opId=4f2a task=task-1");
}

TEST(Trace, AFailedCallIsNamedByTheIdThatItWasSentWith) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsUpdateVolumeMetadata").reply(500, script::fault_answer("CnsFault", "no"));

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  const std::string& trace = (*result)->error.trace;
  ASSERT_THAT(trace, StartsWith("opId=vsyncer-"));
  EXPECT_THAT(vc.http.requests().back().body,
              HasSubstr("<operationID>" + trace.substr(5) + "</operationID>"));
}

} // namespace
} // namespace syncer
