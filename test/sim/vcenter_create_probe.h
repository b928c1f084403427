#pragma once

#include "sim/vcenter_probe.h"

namespace syncer::sim {

// XML of CnsCreateVolume, and a vCenter with one disk, one share and one vmdk to register.
inline std::string block(const std::string& fields) {
  return R"(<backingObjectDetails xsi:type="CnsBlockBackingDetails">)" + fields +
         "</backingObjectDetails>";
}
inline std::string disk(const std::string& id) {
  return block("<backingDiskId>" + id + "</backingDiskId>");
}
inline std::string share(const std::string& id) {
  return R"(<backingObjectDetails xsi:type="CnsVsanFileShareBackingDetails"><backingFileId>)" + id +
         "</backingFileId></backingObjectDetails>";
}
inline std::string url(const std::string& text) {
  std::string escaped = text;
  escaped.replace(escaped.find('&'), 1, "&amp;");
  return block("<backingDiskUrlPath>" + escaped + "</backingDiskUrlPath>");
}
inline std::string vmdk_url(const std::string& datacenter = "%2FDC0") {
  return url("https://127.0.0.1/folder/kubevols/x.vmdk?dcPath=" + datacenter +
             "&dsName=sim-datastore");
}
inline std::string metadata(const std::string& entities) {
  return "<metadata>" + cluster_xml("containerCluster") + entities +
         cluster_xml("containerClusterArray") + "</metadata>";
}
inline std::string spec(const std::string& backing, const std::string& entities = "",
                        const std::string& type = "BLOCK", const std::string& name = "n") {
  return "<createSpecs><name>" + name + "</name><volumeType>" + type + "</volumeType>" +
         metadata(entities) + backing + "</createSpecs>";
}
inline std::string create(const std::string& specs) { return cns("CnsCreateVolume", specs); }

class SimVcenterCreate : public VcenterProbe {
 protected:
  void begin(SimVcenterOptions options = SimVcenterOptions()) {
    start(std::move(options));
    vcenter_->add_disk({"d1", SimVolumeType::kBlock, 2048, "ds:///vmfs/volumes/a/"});
    vcenter_->add_disk({"file:f1", SimVolumeType::kFile, 100, "ds:///vmfs/volumes/vsan:a/"});
    vcenter_->add_vmdk({"", "kubevols/x.vmdk", 512});
    login();
  }
  Reply create_and_wait(const std::string& one_spec) {
    const Reply accepted = vsan(create(one_spec));
    EXPECT_EQ(accepted.status, 200) << accepted.body;
    return wait_for_task(accepted.text("returnval"));
  }
  Reply delete_and_wait(const std::string& id) {
    const Reply accepted = vsan(cns("CnsDeleteVolume", "<volumeIds><id>" + id +
                                                           "</id></volumeIds>"
                                                           "<deleteDisk>false</deleteDisk>"));
    EXPECT_EQ(accepted.status, 200) << accepted.body;
    return wait_for_task(accepted.text("returnval"));
  }
  CnsVolume* held(const std::string& id) { return vcenter_->store().find(id); }
  static std::string pv() { return entity_xml(kEntityVolume, "pv"); }
};

} // namespace syncer::sim
