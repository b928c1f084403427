#pragma once

namespace syncer {

// What names in csi-vsphere.conf are made of, besides hyphens: letters and decimal digits of any
// script (Unicode categories L and Nd).
bool is_letter(char32_t character);
bool is_digit(char32_t character);

} // namespace syncer
