// The folder in which a Unix path is bound before it may be seen: how it is named, and how a name
// loses it again.
#pragma once
#include <string>

namespace pike {

// A path without the folder that it was bound in: "/run/.pike-a1B2c3/x" is "/run/x". Others stay as
// they are.
std::string path_shown(const std::string& path);

}  // namespace pike
