#pragma once

#include <string>
#include <string_view>

#include "core/secret.h"

namespace syncer {

// The value of an Authorization header (RFC 7617).
Secret basic_authorization(std::string_view user, const Secret& password);

} // namespace syncer
