#include "informers/object_parts.h"
#include "informers/protobuf_fields.h"

namespace syncer {

namespace {

using protozero::pbf_reader;

std::int64_t read_time(pbf_reader time) {
  std::int64_t seconds = 0;
  while (time.next()) {
    if (time.tag() == 1) {
      seconds = time.get_int64();
    } else {
      time.skip();
    }
  }
  return seconds;
}

void read_owner(pbf_reader owner, Uid& owner_pod) {
  std::string_view kind, uid;
  bool controller = false;
  while (owner.next()) {
    switch (owner.tag()) {
      case 1:
        kind = text(owner);
        break;
      case 4:
        uid = text(owner);
        break;
      case 6:
        controller = owner.get_bool();
        break;
      default:
        owner.skip();
    }
  }
  if (controller && kind == "Pod") owner_pod = Uid::parse(uid);
}

// The labels of a pod are never sent, so they are not even read; nor are its annotations.
void read_meta(pbf_reader reader, bool with_labels, MetaParts& meta) {
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        meta.name = text(reader);
        break;
      case 3:
        meta.ns = text(reader);
        break;
      case 5:
        meta.uid = text(reader);
        break;
      case 6:
        meta.version = text(reader);
        break;
      case 8:
        meta.created = read_time(reader.get_message());
        break;
      case 9:
        reader.skip();
        meta.deleting = true;
        break;
      case 11:
        if (with_labels) {
          const auto [key, value] = read_entry(reader.get_message());
          meta.labels.emplace_back(key, value);
        } else {
          reader.skip();
        }
        break;
      case 12:
        if (with_labels) {
          const auto [key, value] = read_entry(reader.get_message());
          meta.notes.take(key, value);
        } else {
          reader.skip();
        }
        break;
      case 13:
        if (with_labels) {
          read_owner(reader.get_message(), meta.owner_pod);
        } else {
          reader.skip();
        }
        break;
      default:
        reader.skip();
    }
  }
  if (meta.labels.size() > 1) sort_labels(meta.labels);
  meta.labels.shrink_to_fit();
}

// Field 1 (a string) or any other single one of a small message.
std::string_view read_string(pbf_reader message, protozero::pbf_tag_type field) {
  std::string_view found;
  while (message.next()) {
    if (message.tag() == field) {
      found = text(message);
    } else {
      message.skip();
    }
  }
  return found;
}

void read_csi(pbf_reader csi, VolumeObjectParts& parts) {
  while (csi.next()) {
    switch (csi.tag()) {
      case 1:
        parts.driver = text(csi);
        break;
      case 2:
        parts.handle = text(csi);
        break;
      case 5:
        if (read_entry(csi.get_message()).first == kProvisionerIdentity) parts.dynamic = true;
        break;
      default:
        csi.skip();
    }
  }
}

void read_in_tree(pbf_reader disk, VolumeObjectParts& parts) {
  while (disk.next()) {
    if (disk.tag() == 1) {
      parts.in_tree_path = text(disk);
    } else if (disk.tag() == 3) {
      parts.policy_name = text(disk);
    } else {
      disk.skip();
    }
  }
}

void read_volume_source(pbf_reader source, VolumeObjectParts& parts) {
  while (source.next()) {
    if (source.tag() == 22) {
      parts.has_csi = true;
      read_csi(source.get_message(), parts);
    } else if (source.tag() == 14) {
      parts.has_in_tree = true;
      read_in_tree(source.get_message(), parts);
    } else {
      source.skip();
    }
  }
}

void read_requirement(pbf_reader requirement, NodeTerm& term) {
  std::string_view key, what;
  std::vector<InternedString> values;
  while (requirement.next()) {
    switch (requirement.tag()) {
      case 1:
        key = text(requirement);
        break;
      case 2:
        what = text(requirement);
        break;
      case 3:
        values.emplace_back(text(requirement));
        break;
      default:
        requirement.skip();
    }
  }
  add_requirement(term, key, what, std::move(values));
}

void read_node_affinity(pbf_reader affinity, VolumeObjectParts& parts) {
  while (affinity.next(1)) { // required
    pbf_reader selector = affinity.get_message();
    while (selector.next(1)) { // nodeSelectorTerms
      pbf_reader expressions = selector.get_message();
      NodeTerm term;
      while (expressions.next(1)) read_requirement(expressions.get_message(), term);
      add_term(parts, std::move(term));
    }
  }
}

void read_volume_spec(pbf_reader spec, VolumeObjectParts& parts) {
  while (spec.next()) {
    switch (spec.tag()) {
      case 2:
        read_volume_source(spec.get_message(), parts);
        break;
      case 3:
        if (is_multi_access(text(spec))) parts.multi_access = true;
        break;
      case 4: {
        pbf_reader claim = spec.get_message();
        while (claim.next()) {
          switch (claim.tag()) {
            case 2:
              parts.claim_ns = text(claim);
              break;
            case 3:
              parts.claim_name = text(claim);
              break;
            case 4:
              parts.claim_uid = text(claim);
              break;
            default:
              claim.skip();
          }
        }
        break;
      }
      case 5:
        parts.policy = reclaim_policy(text(spec));
        break;
      case 9:
        read_node_affinity(spec.get_message(), parts);
        break;
      default:
        spec.skip();
    }
  }
}

void read_pod_volume(pbf_reader volume, PodObjectParts& parts) {
  VolumeParts found;
  while (volume.next()) {
    if (volume.tag() == 1) {
      found.volume_name = text(volume);
    } else if (volume.tag() == 2) {
      pbf_reader source = volume.get_message();
      while (source.next()) {
        if (source.tag() == 10) {
          found.claim = read_string(source.get_message(), 1);
        } else if (source.tag() == 20) {
          found.in_tree_path = read_string(source.get_message(), 1);
        } else {
          found.ephemeral = found.ephemeral || source.tag() == 29;
          source.skip();
        }
      }
    } else {
      volume.skip();
    }
  }
  if (found.followed()) parts.volumes.push_back(found);
}

void read_object(pbf_reader reader, VolumeObjectParts& parts) {
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        read_meta(reader.get_message(), true, parts.meta);
        break;
      case 2:
        read_volume_spec(reader.get_message(), parts);
        break;
      case 3:
        parts.phase = volume_phase(read_string(reader.get_message(), 1));
        break;
      default:
        reader.skip();
    }
  }
}

void read_object(pbf_reader reader, ClaimObjectParts& parts) {
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        read_meta(reader.get_message(), true, parts.meta);
        break;
      case 2:
        parts.volume_name = read_string(reader.get_message(), 3);
        break;
      case 3:
        parts.phase = claim_phase(read_string(reader.get_message(), 1));
        break;
      default:
        reader.skip();
    }
  }
}

void read_object(pbf_reader reader, PodObjectParts& parts) {
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        read_meta(reader.get_message(), false, parts.meta);
        break;
      case 2: {
        pbf_reader spec = reader.get_message();
        while (spec.next()) {
          if (spec.tag() == 1) {
            read_pod_volume(spec.get_message(), parts);
          } else {
            spec.skip();
          }
        }
        break;
      }
      case 3: {
        pbf_reader status = reader.get_message();
        while (status.next()) {
          if (status.tag() == 1) {
            parts.phase = pod_phase(text(status));
          } else if (status.tag() == 7) {
            parts.started = read_time(status.get_message());
          } else {
            status.skip();
          }
        }
        break;
      }
      default:
        reader.skip();
    }
  }
}

template <class Parts>
DecodedObject decode_parts(Resource resource, std::string_view bytes) {
  Parts parts;
  try {
    if (bytes.size() <= kMaxObject) {
      read_object(reader_of(bytes), parts);
      return finish(std::move(parts));
    }
    pbf_reader reader = reader_of(bytes);
    if (reader.next(1)) read_meta(reader.get_message(), false, parts.meta);
  } catch (const protozero::exception& error) {
    DecodedObject decoded = identified(parts.meta, resource);
    decoded.problem = error.what();
    return decoded;
  }
  DecodedObject decoded = identified(parts.meta, resource);
  decoded.problem = "it is larger than 3 MiB";
  return decoded;
}

} // namespace

DecodedObject decode_protobuf_object(Resource resource, std::string_view bytes) {
  switch (resource) {
    case Resource::kVolumes:
      return decode_parts<VolumeObjectParts>(resource, bytes);
    case Resource::kClaims:
      return decode_parts<ClaimObjectParts>(resource, bytes);
    case Resource::kPods:
      break;
  }
  return decode_parts<PodObjectParts>(resource, bytes);
}

} // namespace syncer
