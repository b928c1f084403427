// The codec against two recorded conversations whose peers it has never met.
#include <gmock/gmock.h>

#include "cns/cns_codec.h"
#include "cns/cns_write_codec.h"
#include "cns/faults.h"
#include "cns/vim_codec.h"
#include "cns/write_result.h"
#include "golden.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Recording {
  std::string folder;
  std::string volume; // the one that steps 44 and later are about
};

class Golden : public testing::TestWithParam<Recording> {
 protected:
  std::string request(const std::string& start) const {
    return golden(GetParam().folder, start, ".request.xml");
  }
  std::shared_ptr<const SoapAnswer> answer(const std::string& start) const {
    return parsed(golden(GetParam().folder, start, ".response.xml"));
  }
  void expect_request(const std::string& ours, const std::string& start, bool typed = true) const {
    EXPECT_EQ(canonical_request(ours, typed), canonical_request(request(start), typed));
  }
  // The id that the recording gave the first element of that name.
  std::string recorded_id(const std::string& start, const char* element) const {
    pugi::xml_document document;
    const std::string text = request(start);
    EXPECT_TRUE(document.load_string(text.c_str()));
    return document.select_node((std::string("//*[local-name()='") + element + "']").c_str())
        .node()
        .child_value();
  }
};

INSTANTIATE_TEST_SUITE_P(
    Wire, Golden,
    testing::Values(Recording{"vcsim-main-0.55", "b2cc6ff3-2ac6-4287-b95d-774d74ae2cb2"},
                    Recording{"vcsim-0.24.2-debian", "7fd099ac-cc6c-43fd-b2e8-521d813329c8"}),
    [](const auto& info) { return info.index == 0 ? "Main" : "Debian"; });

CnsCluster cluster() { return CnsCluster{"cluster-1", "VANILLA", "Vanilla"}; }

CnsEntity pv() {
  return {{EntityKind::kVolume, "", "pvc-0001"}, {{"app", "web"}, {"tier", "db"}}, {}};
}
CnsEntity claim() {
  return {{EntityKind::kClaim, "default", "claim-1"}, {{"env", "prod"}}, {pv().ref}};
}
CnsEntity pod() { return {{EntityKind::kPod, "default", "pod-1"}, {}, {claim().ref}}; }

TEST_P(Golden, EveryAnswerIsReadAndEveryFaultHasAType) {
  std::size_t faults = 0;
  for (const std::filesystem::path& path : recorded(GetParam().folder, ".response.xml")) {
    const std::string name = path.filename().string();
    if (name.find("ServiceVersions") != std::string::npos || name.starts_with("12-")) continue;
    const std::string head = file_text(std::filesystem::path(path).replace_filename(
        name.substr(0, name.size() - std::string(".response.xml").size()) + ".http"));
    const auto read = parsed(file_text(path));

    const bool failed = head.find("HTTP/1.1 500") != std::string::npos;
    ASSERT_EQ(read->fault() != nullptr, failed) << name;
    if (!failed) continue;
    ++faults;
    EXPECT_NE(read->fault()->type, "") << name;
  }
  EXPECT_GT(faults, 10u);
}

TEST_P(Golden, SessionRequests) {
  const ManagedRef manager{"SessionManager", "SessionManager"};
  expect_request(retrieve_service_content_request(), "03-");
  expect_request(login_request(manager, "administrator@vsphere.local", Secret("vc-pass")), "07-");
  expect_request(current_time_request(), "11-");
  expect_request(logout_request(manager), "98-");
}

TEST_P(Golden, SessionAnswers) {
  const Outcome<ServiceContent> content = read_service_content(*answer("03-"));
  ASSERT_TRUE(content);
  EXPECT_EQ(content->root_folder, (ManagedRef{"Folder", "group-d1"}));
  EXPECT_EQ(content->property_collector, (ManagedRef{"PropertyCollector", "propertyCollector"}));
  EXPECT_EQ(content->view_manager, (ManagedRef{"ViewManager", "ViewManager"}));
  EXPECT_EQ(content->session_manager, (ManagedRef{"SessionManager", "SessionManager"}));
  EXPECT_EQ(content->version, "6.5.0");
  EXPECT_EQ(content->api_version, "6.5");

  EXPECT_EQ(read_login(*answer("07-")), "administrator@vsphere.local");
  EXPECT_EQ(answer("04-")->fault()->type, "InvalidLogin");
  EXPECT_EQ(answer("05-")->fault()->type, "NotAuthenticated");
  EXPECT_EQ(answer("75-")->fault()->type, "NotAuthenticated");
}

TEST_P(Golden, ListViewRequests) {
  const ManagedRef list{"ListView", recorded_id("63-task-listview-wait.5-", "_this")};
  const ManagedRef collector{"PropertyCollector", recorded_id("63-task-listview-wait.8-", "_this")};
  expect_request(create_list_view_request({"ViewManager", "ViewManager"}),
                 "63-task-listview-wait.1-");
  expect_request(create_property_collector_request({"PropertyCollector", "propertyCollector"}),
                 "63-task-listview-wait.2-");
  expect_request(create_task_filter_request(collector, list), "63-task-listview-wait.3-");
  expect_request(
      modify_list_view_request(list, {recorded_id("63-task-listview-wait.5-", "add")}, {}),
      "63-task-listview-wait.5-");
  expect_request(wait_for_updates_request(collector, "", 2), "63-task-listview-wait.8-");
  expect_request(destroy_property_collector_request(collector), "63-task-listview-wait.10-");
  expect_request(destroy_view_request(list), "63-task-listview-wait.11-");
}

TEST_P(Golden, BothTasksOfTheListViewArrive) {
  EXPECT_EQ(read_reference(*answer("63-task-listview-wait.1-")).type, "ListView");
  const std::string first = read_reference(*answer("63-task-listview-wait.4-")).id;
  const std::string second = read_reference(*answer("63-task-listview-wait.6-")).id;
  EXPECT_THAT(read_references(*answer("63-task-listview-wait.5-")), IsEmpty());

  const auto news = answer("63-task-listview-wait.8-");
  const UpdateSet set = read_update_set(*news);

  EXPECT_FALSE(set.timed_out);
  EXPECT_FALSE(set.truncated);
  EXPECT_EQ(set.version, "-");
  ASSERT_THAT(set.tasks, SizeIs(2));
  EXPECT_EQ(set.tasks[0].task, first);
  EXPECT_EQ(set.tasks[1].task, second);
  for (const TaskUpdate& task : set.tasks) {
    EXPECT_EQ(task.state, TaskState::kSucceeded);
    EXPECT_THAT(read_batch(task.result), SizeIs(1));
  }
}

TEST_P(Golden, PollWithoutNews) {
  EXPECT_TRUE(read_update_set(*answer("64-wait-maxWaitSeconds-timeout.5-")).timed_out);
}

TEST_P(Golden, UpdateRequest) {
  const CnsFeatures features;
  const CnsUpdate update{VolumeId(GetParam().volume), {pv(), claim(), pod()}, {}};
  expect_request(update_request(update, cluster(), "administrator@vsphere.local", features),
                 "44-update-pv-pvc-pod-one-spec.1-");
  const CnsUpdate removal{VolumeId(GetParam().volume), {}, {claim().ref}};
  expect_request(update_request(removal, cluster(), "administrator@vsphere.local", features),
                 "52-update-delete-entity.1-");
}

TEST_P(Golden, UpdateAnswers) {
  EXPECT_EQ(read_reference(*answer("44-update-pv-pvc-pod-one-spec.1-")).type, "Task");
  const auto acknowledged = answer("44-update-pv-pvc-pod-one-spec.4-");
  const std::vector<VolumeResult> results =
      read_batch(read_update_set(*acknowledged).tasks.at(0).result);
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].volume, GetParam().volume);
  EXPECT_FALSE(results[0].failed);

  const auto nobody = answer("57-update-unknown-volume.4-");
  EXPECT_THAT(read_batch(read_update_set(*nobody).tasks.at(0).result), IsEmpty());

  const auto failed = answer("59-update-empty-spec-list.4-");
  const TaskUpdate task = read_update_set(*failed).tasks.at(0);
  EXPECT_EQ(task.state, TaskState::kFailed);
  EXPECT_EQ(task.fault.type, "InvalidArgument");
  EXPECT_EQ(task.fault.place, FaultPlace::kTask);
}

// As the recordings register things: one PV entity without labels.
CnsCreate registration(CnsCreate::Backing backing, const std::string& id, const std::string& name) {
  CnsCreate create;
  create.backing = backing;
  create.backing_id = id;
  create.name = name;
  CnsEntity entity;
  entity.ref = EntityRef{EntityKind::kVolume, "", name};
  create.entities.push_back(entity);
  return create;
}

TEST_P(Golden, CreateRequests) {
  const auto written = [](const CnsCreate& create) {
    return create_request(create, cluster(), "administrator@vsphere.local", CnsFeatures());
  };
  const std::string again = "69-register-again-by-backingDiskId.1-";
  expect_request(written(registration(CnsCreate::Backing::kDiskId,
                                      recorded_id(again, "backingDiskId"), "pvc-0003")),
                 again);
  expect_request(written(registration(CnsCreate::Backing::kUrl,
                                      "https://vcsim.example:8989/folder/kubevols/disk-1.vmdk?"
                                      "dcPath=DC0&dsName=LocalDS_0",
                                      "static-pv-2")),
                 "27-create-register-backingDiskUrlPath.1-");
  const std::string file = "28-create-file-volume-backingFileId.1-";
  expect_request(written(registration(CnsCreate::Backing::kFileId,
                                      recorded_id(file, "backingFileId"), "static-file-1")),
                 file);
}

WriteEnding ending_of(const std::shared_ptr<const SoapAnswer>& news) {
  const TaskUpdate task = read_update_set(*news).tasks.at(0);
  TaskEnd end;
  end.outcome =
      task.state == TaskState::kSucceeded ? TaskOutcome::kSucceeded : TaskOutcome::kFailed;
  end.fault = task.fault;
  end.result = task.result;
  end.answer = news;
  WriteEnding ending;
  ending.how = end;
  return ending;
}

TEST_P(Golden, CreateAnswers) {
  const std::string again = "69-register-again-by-backingDiskId.";
  const std::string id = recorded_id(again + "1-", "backingDiskId");
  const CnsCreate create = registration(CnsCreate::Backing::kDiskId, id, "pvc-0003");

  const CreateResult created = create_result(ending_of(answer(again + "4-")), create);
  EXPECT_EQ(created.write.end, WriteEnd::kAcknowledged) << created.write.error.detail;
  EXPECT_EQ(created.id, VolumeId(id));
  EXPECT_FALSE(created.already_registered);
}

TEST_P(Golden, UnregisterRequestAndAnswer) {
  const std::string step = "67-delete-deleteDisk-false.";
  const VolumeId id(recorded_id(step + "1-", "id"));
  expect_request(unregister_request(id), step + "1-");
  EXPECT_EQ(unregister_result(ending_of(answer(step + "4-")), id).end, WriteEnd::kAcknowledged);
}

TEST(GoldenMain, RefusedRegistrationIsRefused) {
  const auto news =
      parsed(golden("vcsim-main-0.55", "28-create-file-volume-backingFileId.4-", ".response.xml"));
  const CreateResult refusal = create_result(
      ending_of(news), registration(CnsCreate::Backing::kFileId, "file:1", "static-file-1"));
  EXPECT_EQ(refusal.write.end, WriteEnd::kRefused);
  EXPECT_EQ(refusal.write.fault, CnsFault::kInvalidArgument);
}

TEST(GoldenMain, UnregisteringWhatIsNotThereIsAcknowledged) {
  const auto news =
      parsed(golden("vcsim-main-0.55", "72-delete-unknown-volume.4-", ".response.xml"));
  const VolumeId id("11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(unregister_result(ending_of(news), id).end, WriteEnd::kAcknowledged);
}

TEST_P(Golden, VolumesReadBack) {
  const std::vector<CnsVolume> volumes = read_volumes(answer("45-")->result(), "cluster-1");

  ASSERT_THAT(volumes, SizeIs(1));
  EXPECT_EQ(volumes[0].id, VolumeId(GetParam().volume));
  EXPECT_EQ(volumes[0].type, CnsVolumeType::kBlock);
  EXPECT_EQ(volumes[0].name, "pvc-0001");
  EXPECT_THAT(volumes[0].entities, ElementsAre(pv(), claim(), pod()));
  EXPECT_TRUE(volumes[0].has_our_cluster);
  EXPECT_FALSE(volumes[0].has_other_clusters);
}

TEST_P(Golden, EntityMarkedDeletedIsAbsent) {
  const std::vector<CnsVolume> volumes = read_volumes(answer("53-")->result(), "cluster-1");

  ASSERT_THAT(volumes, SizeIs(1));
  EXPECT_THAT(volumes[0].entities, IsEmpty());
}

TEST_P(Golden, AnotherClustersVolumeIsNotOurs) {
  const std::vector<CnsVolume> volumes = read_volumes(answer("45-")->result(), "cluster-2");

  ASSERT_THAT(volumes, SizeIs(1));
  EXPECT_THAT(volumes[0].entities, IsEmpty());
  EXPECT_FALSE(volumes[0].has_our_cluster);
  EXPECT_TRUE(volumes[0].has_other_clusters);
  EXPECT_THAT(read_ids(answer("45-")->result(), "cluster-2"), IsEmpty());
}

TEST_P(Golden, QueryOfAllIds) {
  // They leave the filter untyped, which a strict server takes as well.
  expect_request(query_all_ids_request("cluster-1"), "38-", false);
  const auto all = answer("38-");
  const std::vector<VolumeId> ids = read_ids(all->result(), "cluster-1");
  EXPECT_THAT(ids, testing::Not(IsEmpty()));
  // The older one ignores the filter and answers another cluster's volume as well.
  std::size_t ours = 0;
  for (const CnsVolume& volume : read_volumes(all->result(), "cluster-1"))
    ours += volume.has_our_cluster ? 1U : 0U;
  EXPECT_EQ(ids.size(), ours);
}

TEST_P(Golden, ServerWithoutPagesEndsTheScanAtOnce) {
  const auto page = answer("36-");
  const CnsCursor cursor = read_cursor(page->result());
  EXPECT_EQ(cursor.total, -1);
  EXPECT_FALSE(next_page({0, 1, -1}, cursor, 2));
}

TEST(GoldenMain, VersionFile) {
  std::string body = golden("vcsim-main-0.55", "02-", ".response.xml");
  const Outcome<std::string> version = read_vsan_version(body);
  ASSERT_TRUE(version);
  EXPECT_EQ(*version, "6.5");
}

TEST(GoldenMain, AsynchronousQuery) {
  const auto news = parsed(golden("vcsim-main-0.55", "40-queryasync.4-", ".response.xml"));
  const std::vector<VolumeResult> results = read_batch(read_update_set(*news).tasks.at(0).result);

  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].volume, "");
  EXPECT_THAT(read_volumes(results[0].query_result, "cluster-1"), SizeIs(1));
}

TEST(GoldenMain, FaultOfOneVolume) {
  const auto news =
      parsed(golden("vcsim-main-0.55", "72-delete-unknown-volume.4-", ".response.xml"));
  const std::vector<VolumeResult> results = read_batch(read_update_set(*news).tasks.at(0).result);

  ASSERT_THAT(results, SizeIs(1));
  EXPECT_TRUE(results[0].failed);
  EXPECT_EQ(results[0].fault.type, "NotFound");
  EXPECT_EQ(results[0].fault.place, FaultPlace::kVolume);
}

TEST(GoldenMain, TaskThatRunsIsNewsButNoEnd) {
  const auto news =
      parsed(golden("vcsim-main-0.55", "21-create-block-with-metadata.4-", ".response.xml"));
  EXPECT_EQ(read_update_set(*news).tasks.at(0).state, TaskState::kRunning);
}

TEST(GoldenMain, TaskThatNobodyKnowsIsReturned) {
  const auto reply =
      parsed(golden("vcsim-main-0.55", "66-listview-add-missing-task.2-", ".response.xml"));
  EXPECT_THAT(read_references(*reply), ElementsAre(ManagedRef{"Task", "task-99999"}));
}

TEST(GoldenDebian, TaskThatNobodyKnowsIsNamedByTheFault) {
  const auto reply =
      parsed(golden("vcsim-0.24.2-debian", "66-listview-add-missing-task.2-", ".response.xml"));
  ASSERT_NE(reply->fault(), nullptr);
  EXPECT_EQ(reply->fault()->type, "ManagedObjectNotFound");
  EXPECT_EQ(reply->fault()->object, (ManagedRef{"Task", "task-99999"}));
}

TEST(GoldenDebian, AsynchronousQueryIsUnknown) {
  const auto reply = parsed(golden("vcsim-0.24.2-debian", "40-queryasync", ".response.xml"));
  ASSERT_NE(reply->fault(), nullptr);
  EXPECT_TRUE(means_unsupported(*reply->fault()));
}

} // namespace
} // namespace syncer
