// swift-tools-version: 6.2
import PackageDescription

// The modules, lowest first; docs/architecture.md describes each of them.
// A module depends only on modules of lower floors.

/// One of our Swift modules. Warnings are errors.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: ["Diagnostics"] + dependencies,
    swiftSettings: [.treatAllWarnings(as: .error)])
}

/// The tests of one module.
func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: module + "Tests",
    dependencies: ["Diagnostics", "TestSupport", .init(stringLiteral: module)] + dependencies,
    swiftSettings: [.treatAllWarnings(as: .error)])
}

let package = Package(
  name: "peregrine",
  products: [
    .executable(name: "peregrine", targets: ["CommandLineTool"]),
    // One import for programs. The other targets can also be imported individually.
    .library(
      name: "Peregrine", targets: ["Peregrine", "Race", "Reports", "Bench", "RaceExecution"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // C libraries, provided by the system or by the set-up script.
    .systemLibrary(name: "CLibtorch", pkgConfig: "libtorch"),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Floor 0
    .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)]),
    .target(
      name: "CTorch", dependencies: ["CLibtorch", "CKernels"],
      cxxSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "Diagnostics", swiftSettings: [.treatAllWarnings(as: .error)]),
    module("DiffusionMath"),
    module("Samples"),
    module("CachePolicies", ["DiffusionMath"]),
    module("FileAccess", [.product(name: "Crypto", package: "swift-crypto")]),
    // Floor 1
    module("FileFormats", ["FileAccess", "CZlib"]),
    module("Telemetry", ["FileAccess", .product(name: "Crypto", package: "swift-crypto")]),
    module("RunFiles", ["FileAccess", .product(name: "Yams", package: "Yams")]),
    module("Pictures", ["FileAccess", "CPNG", "CTurboJPEG", "CWebP", "CZlib"]),
    // Floor 2
    module("Tensors", ["CTorch", "FileAccess", "FileFormats", "DiffusionMath"]),
    // Floor 3
    module("Nets", ["FileAccess", "FileFormats", "Tensors", "DiffusionMath"]),
    // Floor 4
    module("Models", ["Nets", "Tensors", "DiffusionMath", "Samples"]),
    module("Encoders", ["Nets", "Tensors", "Pictures", "FileAccess", "FileFormats"]),
    module(
      "Datasets",
      [
        "FileAccess", "FileFormats", "Pictures", "DiffusionMath", "Samples",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // Floor 5
    module("Objectives", ["Models", "Tensors", "DiffusionMath", "Samples"]),
    module("Sampling", ["Models", "Tensors", "DiffusionMath", "Samples"]),
    // Floor 6
    module("Acceleration", ["CachePolicies", "Sampling", "Models", "Tensors"]),
    module("Scores", ["Tensors", "Pictures", "Datasets", "FileAccess", "DiffusionMath"]),
    module(
      "Encoding",
      ["Samples", "Encoders", "Datasets", "Pictures", "Tensors", "FileAccess", "DiffusionMath"]),
    // Floor 7
    module(
      "Evaluation",
      [
        "Samples", "Scores", "Encoders", "Datasets", "Pictures", "FileAccess", "Nets", "Tensors",
        "DiffusionMath",
      ]),
    // Floor 8
    module(
      "Recipes",
      [
        "Samples", "CachePolicies", "Acceleration", "RunFiles", "Encoding", "Evaluation",
        "Objectives", "Sampling",
        "Models", "FileAccess",
        "Encoders",
        "Nets",
        "Datasets", "Pictures", "Tensors", "DiffusionMath", .product(name: "Yams", package: "Yams"),
      ]),
    module(
      "Race",
      [
        "RunFiles", "DiffusionMath", "FileAccess", "Telemetry",
        .product(name: "Yams", package: "Yams"),
      ]),
    // Floor 9
    module(
      "Runs",
      [
        "Samples", "Acceleration", "Recipes", "RunFiles", "Encoding", "Evaluation", "Scores",
        "Sampling", "Models", "Encoders",
        "Nets", "Datasets", "Pictures", "Telemetry", "Tensors", "FileAccess", "DiffusionMath",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    module(
      "Reports",
      [
        "RunFiles", "FileAccess", "Telemetry", "Scores", "Race", "Pictures",
        .product(name: "Yams", package: "Yams"),
      ]),
    // Floor 10
    module(
      "Training",
      [
        "Samples", "Runs", "Recipes", "RunFiles", "Encoding", "Evaluation", "Scores", "Objectives",
        "Sampling",
        "Models", "Nets", "Datasets", "Pictures", "Telemetry", "Tensors", "FileAccess",
        "DiffusionMath",
      ]),
    // Floor 11
    module(
      "Bench",
      [
        "Samples", "Training", "Recipes", "Encoding", "Models", "Nets", "Telemetry", "Tensors",
        "FileAccess", "DiffusionMath",
      ]),
    // Floor 12
    module(
      "RaceExecution",
      [
        "Samples", "Race", "Bench", "Training", "Runs", "Recipes", "RunFiles", "Encoding",
        "Sampling",
        "Evaluation", "Scores", "Datasets", "Telemetry", "Tensors", "FileAccess",
      ]),
    // Floor 13
    module(
      "Peregrine",
      [
        "Acceleration", "CachePolicies", "Datasets", "DiffusionMath", "Encoders", "Encoding",
        "Evaluation",
        "Models", "Nets", "Objectives", "Pictures", "Recipes", "RunFiles", "Runs", "Samples",
        "Sampling",
        "Scores", "Telemetry", "Tensors", "Training",
      ]),
    .executableTarget(
      name: "CommandLineTool",
      dependencies: [
        "Samples", "Acceleration", "Diagnostics", "FileAccess", "Training", "Runs", "Recipes",
        "RunFiles", "Encoding",
        "Reports", "Scores", "Evaluation", "Datasets", "Models", "Encoders", "Bench", "Race",
        "RaceExecution", "Sampling", "Telemetry", "Pictures", "Nets", "Tensors", "DiffusionMath",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),

    // Tests mirror the modules. Tests with golden fixtures need several modules and are in ParityTests.
    .target(
      name: "TestSupport",
      dependencies: [
        "Diagnostics", "DiffusionMath", "Samples", "Models", "Objectives", "Sampling", "Nets",
        "Tensors", "Encoders", "Encoding", "Datasets", "Pictures",
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
    tests("CachePolicies", ["DiffusionMath", "Nets", "Tensors"]),
    tests("DiffusionMath"),
    tests("Samples"),
    tests("FileAccess"),
    tests("FileFormats", ["FileAccess"]),
    tests("Tensors", ["DiffusionMath", "FileAccess", "FileFormats"]),
    tests("Telemetry", ["FileAccess"]),
    tests("Pictures", ["CPNG", "FileAccess"]),
    tests("Nets", ["DiffusionMath", "Tensors"]),
    tests("Models", ["DiffusionMath", "Samples", "Nets", "Tensors"]),
    tests("Encoders", ["DiffusionMath", "Nets", "Tensors", "Pictures"]),
    tests("Datasets", ["FileAccess", "Pictures", "DiffusionMath"]),
    tests("Objectives", ["DiffusionMath", "Samples", "Models", "Nets", "Tensors"]),
    tests("Sampling", ["Models", "Nets", "Tensors", "DiffusionMath", "Samples"]),
    tests(
      "Acceleration",
      ["CachePolicies", "Sampling", "Models", "Nets", "Tensors", "DiffusionMath", "Samples"]),
    tests("Scores", ["Datasets", "Pictures", "DiffusionMath", "Nets", "Tensors"]),
    tests(
      "Evaluation", ["Scores", "Encoders", "Datasets", "Pictures", "Tensors", "DiffusionMath"]),
    tests("RunFiles", ["FileAccess"]),
    tests(
      "Encoding",
      ["Encoders", "Datasets", "Nets", "Pictures", "Tensors", "FileAccess", "DiffusionMath"]),
    tests("Recipes", ["RunFiles", "Sampling", "Models", "Tensors"]),
    tests(
      "Runs",
      [
        "Recipes", "RunFiles", "Encoding", "Evaluation", "Models", "Sampling", "Nets", "Datasets",
        "Tensors", "DiffusionMath",
      ]),
    tests(
      "Training",
      [
        "Samples", "Runs", "Recipes", "RunFiles", "Encoding", "Evaluation", "Objectives", "Models",
        "Encoders", "Nets", "Datasets", "Tensors", "Telemetry", "Pictures", "DiffusionMath",
        "Sampling", "Scores",
      ]),
    .testTarget(
      name: "ParityTests",
      dependencies: [
        "Diagnostics", "DiffusionMath", "Samples", "Models", "Nets", "Objectives", "Sampling",
        "Tensors", "TestSupport",
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    tests("Reports", ["RunFiles", "Telemetry", "DiffusionMath", "Scores", "Pictures"]),
    tests("Race", ["RunFiles", "DiffusionMath", "Telemetry", "Reports"]),
    tests("Bench", ["Training", "Nets", "Tensors", "DiffusionMath"]),
    tests(
      "RaceExecution",
      [
        "Race", "Bench", "Training", "Runs", "Recipes", "RunFiles", "Evaluation", "Telemetry",
        "FileAccess",
      ]),
    // Damages files and reads them. It is an executable, because a reader that fails may end its process.
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Datasets", "Diagnostics", "DiffusionMath", "Encoders", "Evaluation", "FileAccess", "Nets",
        "Pictures",
        "Race", "Recipes", "Reports", "RunFiles", "Runs", "Scores", "Telemetry", "Tensors",
        "Training",
      ],
      path: "Tests/Fuzz",
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "FuzzTests", dependencies: ["fuzz"],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "CommandLineTool", "TestSupport", "Runs", "RunFiles", "Race", "Pictures", "Datasets",
        "Encoders", "Nets", "Tensors",
        "Scores",
      ],
      exclude: ["Snapshots"],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ],
  cxxLanguageStandard: .cxx20
)
