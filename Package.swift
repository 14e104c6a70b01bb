// swift-tools-version: 6.2
import PackageDescription

// The rooms of the house, bottom to top; docs/architecture.md tells what each one holds.
// A target depends only on targets of lower floors.

/// A Swift target of ours. Its warnings are errors.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: ["Diagnostics"] + dependencies,
    swiftSettings: [.treatAllWarnings(as: .error)])
}

/// The tests of one room.
func tests(_ room: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: room + "Tests",
    dependencies: ["Diagnostics", "TestSupport", .init(stringLiteral: room)] + dependencies,
    swiftSettings: [.treatAllWarnings(as: .error)])
}

let package = Package(
  name: "peregrine",
  products: [
    .executable(name: "peregrine", targets: ["CommandLineTool"]),
    .library(
      name: "Peregrine",
      targets: [
        "DiffusionMath", "Tensors", "Telemetry", "Pictures", "Nets", "Models", "Encoders",
        "Datasets",
        "Objectives", "Sampling", "Scores", "Evaluation", "Training", "Reports", "Bench", "Race",
        "RaceExecution",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // C libraries, as the system or the set-up provides them.
    .systemLibrary(name: "CLibtorch", pkgConfig: "libtorch"),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Floor 0
    .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)]),
    .target(
      name: "CTorch", dependencies: ["CLibtorch", "CKernels"],
      cxxSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "Diagnostics", swiftSettings: [.treatAllWarnings(as: .error)]),
    room("DiffusionMath"),
    room("FileAccess", [.product(name: "Crypto", package: "swift-crypto")]),
    // Floor 1
    room("Tensors", ["CTorch", "DiffusionMath"]),
    room("Telemetry", ["FileAccess"]),
    room("Pictures", ["FileAccess", "CPNG", "CTurboJPEG", "CZlib"]),
    // Floor 2
    room("Nets", ["FileAccess", "Tensors", "DiffusionMath"]),
    // Floor 3
    room("Models", ["Nets", "Tensors", "DiffusionMath"]),
    room("Encoders", ["Nets", "Tensors", "Pictures"]),
    room(
      "Datasets",
      [
        "FileAccess", "Pictures", "DiffusionMath", "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // Floor 4
    room("Objectives", ["Models", "Tensors", "DiffusionMath"]),
    room("Sampling", ["Models", "Tensors", "DiffusionMath"]),
    // Floor 5
    room("Scores", ["Tensors", "Pictures", "Datasets", "FileAccess", "DiffusionMath"]),
    // Floor 6
    room(
      "Evaluation",
      [
        "Scores", "Encoders", "Datasets", "Pictures", "FileAccess", "Nets", "Tensors",
        "DiffusionMath",
      ]),
    // Floor 7
    room(
      "Race", ["DiffusionMath", "FileAccess", "Telemetry", .product(name: "Yams", package: "Yams")]),
    room(
      "Training",
      [
        "Evaluation", "Scores", "Objectives", "Sampling", "Models", "Encoders", "Nets", "Datasets",
        "Pictures", "Telemetry",
        "Tensors", "FileAccess", "DiffusionMath", .product(name: "Yams", package: "Yams"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // Floor 8
    room(
      "Reports",
      ["FileAccess", "Telemetry", "Scores", "Race", .product(name: "Yams", package: "Yams")]),
    room(
      "Bench",
      ["Training", "Models", "Nets", "Telemetry", "Tensors", "DiffusionMath"]),
    // Floor 9
    room(
      "RaceExecution",
      [
        "Race", "Bench", "Training", "Sampling", "Evaluation", "Scores", "Datasets", "Telemetry",
        "Tensors", "FileAccess",
      ]),
    // Floor 10
    .executableTarget(
      name: "CommandLineTool",
      dependencies: [
        "Diagnostics", "FileAccess", "Training", "Reports", "Scores", "Evaluation", "Datasets",
        "Models",
        "Encoders", "Bench", "Race", "RaceExecution",
        "Sampling", "Telemetry", "Pictures", "Nets", "Tensors", "DiffusionMath",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),

    // Tests mirror the rooms; golden fixtures run through several, so ParityTests has them.
    .target(
      name: "TestSupport",
      dependencies: [
        "Diagnostics", "DiffusionMath", "Models", "Nets", "Tensors", "Encoders", "Pictures",
      ],
      path: "Tests/TestSupport",
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "DiagnosticsTests", dependencies: ["Diagnostics", "TestSupport"],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .target(
      name: "EmulatedAMX", path: "Tests/EmulatedAMX", cSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "CKernelsTests", dependencies: ["CKernels", "DiffusionMath", "EmulatedAMX"],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    tests("DiffusionMath"),
    tests("FileAccess"),
    tests("Tensors", ["DiffusionMath"]),
    tests("Telemetry"),
    tests("Pictures", ["CPNG"]),
    tests("Nets", ["DiffusionMath", "Tensors"]),
    tests("Models", ["DiffusionMath", "Nets", "Tensors"]),
    tests("Encoders", ["DiffusionMath", "Nets", "Tensors", "Pictures"]),
    tests("Datasets", ["Pictures", "DiffusionMath"]),
    tests("Objectives", ["DiffusionMath", "Models", "Nets", "Tensors"]),
    tests("Sampling", ["Models", "Nets", "Tensors", "DiffusionMath"]),
    tests("Scores", ["Datasets", "Pictures", "DiffusionMath", "Nets", "Tensors"]),
    tests(
      "Evaluation", ["Scores", "Encoders", "Datasets", "Pictures", "Tensors", "DiffusionMath"]),
    tests(
      "Training",
      [
        "Objectives", "Models", "Encoders", "Nets", "Datasets", "Tensors", "Telemetry", "Pictures",
        "DiffusionMath", "Sampling", "Scores",
      ]),
    .testTarget(
      name: "ParityTests",
      dependencies: [
        "Diagnostics", "DiffusionMath", "Models", "Nets", "Objectives", "Sampling", "Tensors",
        "TestSupport",
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    tests("Reports", ["Telemetry", "DiffusionMath", "Scores"]),
    tests("Race", ["DiffusionMath", "Telemetry", "Reports"]),
    tests("Bench", ["Training", "Nets", "Tensors", "DiffusionMath"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: ["CommandLineTool", "TestSupport", "Pictures", "Datasets", "Scores"],
      exclude: ["Snapshots"],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ],
  cxxLanguageStandard: .cxx20
)
