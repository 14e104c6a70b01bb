// libtorch is C++: only the CTorch target includes its headers. This empty header lets SwiftPM
// treat it as a system library, so its compiler and linker flags come from pkg-config.
