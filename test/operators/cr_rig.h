#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/fake_leadership.h"
#include "fakes/scripted_kube.h"
#include "operators/cr_writer.h"

namespace syncer {

// A scripted API server for one custom resource.
struct CrRig {
  CrDeps deps() {
    return {*kube.client, kube.clock, leadership, kube.log, [] { return 0.0; }};
  }

  // The first list, and the watch that follows it. Empty `items`: no objects.
  ScriptedStream& serve(const std::string& items = "") {
    kube.http.expect("GET", "?limit=500")
        .reply(200, R"({"metadata":{"resourceVersion":"1"},"items":[)" + items + "]}");
    return kube.http.expect("GET", "?watch=1").stream();
  }
  // An event arrives.
  void push(ScriptedStream& stream, const std::string& type, const std::string& object) {
    stream.push(R"({"type":")" + type + R"(","object":)" + object + "}\n");
    kube.clock.settle();
  }
  const HttpRequest& last() const { return kube.http.requests().back(); }

  ScriptedKube kube;
  FakeLeadership leadership;
};

inline constexpr const char* kAlreadyExists =
    R"({"kind":"Status","code":409,"reason":"AlreadyExists","message":"already exists"})";
inline constexpr const char* kNoSuchObject =
    R"({"kind":"Status","code":404,"reason":"NotFound","message":"not found"})";

} // namespace syncer
