#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "expected.h"
#include "process.h"

namespace syncer::model {

// What must hold at every call to CNS (design, section 5), whatever the state of the world. Judges
// by what the feed has told the process and by what the API server and CNS really have, never by
// the product's own books.
class Rules final : public CallWatch {
 public:
  Rules(const Truth& truth, VCenter& vcenter) : truth_(truth), vcenter_(vcenter) {}

  // What each in-tree path is registered as, whether it is linked at the moment or not.
  Links disks;

  // Whom the calls come from now.
  void watch(Process* process);
  // A link went: until then the volume had a name.
  void named_until_now(const VolumeId& id, Time now) { last_named_[id] = now; }
  // CNS lost the volume: what was read of it is nothing any more.
  void vanished(const VolumeId& id) { retained_.erase(id); }
  // What was too much at once until now may go on.
  void confirmed_missing();
  void confirmed_unregister();
  // Kubernetes or CNS was changed by hand at that moment: answers under way may be older.
  void world_changed(Time now) { changed_at_ = now; }

  void update(const CnsUpdate& call) override;
  void create(const CnsCreate& call) override;
  void unregister(const VolumeId& id) override;
  void lost(const VolumeId& id, Time posted_at) override;
  void read(const std::vector<VolumeId>& ids) override;

  Links links() const;
  const std::vector<std::string>& broken() const { return broken_; }
  void violated(const std::string& what);

 private:
  struct Doubt {
    Time lost_at;
    bool read = false; // since it may be read
  };
  void leader(const std::string& call);
  void one_at_a_time(const VolumeId& id);
  void after_doubt(const VolumeId& id, const std::string& call);
  void hands_off(const CnsUpdate& call);
  void claims_stay(const CnsUpdate& call);
  void label(const CnsUpdate& call);
  bool is_label(const CnsUpdate& call) const;
  // rules_books.cc: what is judged by what came before
  void retained_stays(const CnsUpdate& call);
  void ours_alone(const CnsUpdate& call);
  void not_too_many_labels(const VolumeId& id);
  void not_too_many_unregistered(const VolumeId& id, Time deleted_at);
  void note_read(const VolumeId& id);
  bool long_quiet(const VolumeId& id) const;
  bool controller_owned(const Feed::SeenDeletion& deletion) const;

  const Truth& truth_;
  VCenter& vcenter_;
  Process* process_ = nullptr;
  Time changed_at_{};
  std::map<VolumeId, Time> last_named_;
  std::map<VolumeId, Doubt> doubts_;    // of this process
  std::map<VolumeId, Time> busy_until_; // of this process
  struct Retained {
    Time read_at;
    std::set<std::string> refs;
  };
  std::map<VolumeId, Retained> retained_;                // seen by this process
  std::map<VolumeId, std::set<std::string>> held_by_us_; // at any time
  std::set<std::string> created_;                        // under whatever id it got
  std::set<VolumeId> labelled_;                          // since the last complete cycle
  std::size_t labelled_in_cycle_ = 0;
  std::set<VolumeId> missing_confirmed_;
  std::map<VolumeId, Time> unregistered_; // by when the deletion was seen; of this process
  std::set<VolumeId> unregister_confirmed_;
  std::vector<std::string> broken_;
};

} // namespace syncer::model
