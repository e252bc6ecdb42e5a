// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

// Where what they test is optimized, tests themselves are not: Swift 6.3 fails to optimize JourneyTests.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], path: String? = nil
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: path,
    swiftSettings: strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))])
}

// An import only ever points to a lower level, and only as this list says; a test compares the
// imports of every file with it, since the compiler does not.
let package = Package(
  name: "equipoise",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "equipoise", targets: ["equipoise"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Level 0: pure ground.
    pure("StudyModel"),
    .target(name: "CSpecialFunctions", linkerSettings: [.linkedLibrary("m")]),
    pure("Statistics", ["CSpecialFunctions"]),
    pure("Markup"),
    .target(name: "CEmbeddedFiles"),
    .target(name: "CPostgres", linkerSettings: [.linkedLibrary("pq")]),
    .target(name: "CSpawn"),
    .target(name: "CClock"),
    .target(name: "CLockedMemory"),
    pure("LockedMemory", ["CLockedMemory"]),
    .target(name: "CQRCode", linkerSettings: [.linkedLibrary("qrencode")]),
    // Debian keeps the headers of libxml2 one folder below the usual place.
    .target(
      name: "CXML", cSettings: [.unsafeFlags(["-I/usr/include/libxml2"])],
      linkerSettings: [.linkedLibrary("xml2")]),

    // Level 1: one science or one bridge each.
    pure("Randomization", ["LockedMemory", crypto]),
    pure("Passkeys", [crypto, cryptoExtras]),
    pure("Instruments", ["StudyModel"]),
    pure("StudyLanguage", ["StudyModel", yams]),
    pure("Pictures", ["CQRCode", "Markup"]),
    pure("Postgres", ["CPostgres"]),
    pure("PrivateCluster", ["CSpawn"]),

    // Level 2: renderings, cases and agreements made of them.
    pure("OpenIDConnect", ["Passkeys", crypto, jwt]),
    pure("Pages", ["Markup", "Pictures"]),
    pure("CaseFiles", ["Statistics"]),
    pure("RandomizationCases", ["Randomization", crypto]),

    pure("StudyExchange", ["CXML", "StudyLanguage", "StudyModel"]),
    pure("Reports", ["StudyModel", "Statistics"]),
    pure("Datasets", ["StudyModel", "Reports", crypto]),

    // Level 3: the only place that speaks SQL.
    pure("Store", ["StudyModel", "Postgres", "CEmbeddedFiles"]),

    // Level 4: what people do in a trial, one file per act.
    pure(
      "Conduct",
      [
        "Store", "Datasets", "LockedMemory", "OpenIDConnect", "Passkeys", "Randomization",
        "Reports",
        "StudyLanguage", "StudyModel",
        crypto, cryptoExtras,
      ]),

    // Level 5: what calls the acts: people's pages and programs, and an invented trial.
    pure("Simulation", ["Conduct", "Reports", "Statistics", "Store", "StudyModel"]),

    pure(
      "Host",
      [
        "CClock", "Conduct", "LockedMemory", "OpenIDConnect", "Postgres", "PrivateCluster", "Store",
        "StudyModel",
        httpClient,
      ]),

    pure(
      "Web",
      [
        "Conduct", "Datasets", "OpenIDConnect", "Pages", "Passkeys", "Pictures", "Reports",
        "Statistics", "Store", "StudyModel", "CEmbeddedFiles", crypto, hummingbird, logging,
      ]),
    pure("BridgeBenchmark", ["Postgres"]),
    pure(
      "ServerBenchmark",
      [
        "BridgeBenchmark", "Conduct", "Host", "PrivateCluster", "Randomization", "Simulation",
        "Store", "StudyModel", hummingbird,
      ]),

    // Level 6: one binary, the composition root.
    .executableTarget(
      name: "equipoise",
      dependencies: [
        "BridgeBenchmark", "CaseFiles", "Conduct", "Host", "Instruments", "OpenIDConnect", "Pages",
        "Pictures",
        "Randomization", "RandomizationCases", "Reports", "ServerBenchmark", "Simulation",
        "Statistics",
        "Store", "StudyExchange", "StudyLanguage", "StudyModel", "Web", arguments, hummingbird,
        logging, lifecycle,
      ],
      swiftSettings: strict),

    // Tests: a mirror of the sources, with what several of them need.
    .target(
      name: "PostgresTestServer", dependencies: ["Postgres"],
      path: "Tests/TestSupport/PostgresTestServer", swiftSettings: strict),
    .target(name: "CRelay", path: "Tests/TestSupport/CRelay"),
    .target(
      name: "PageSamples", dependencies: ["Pages", "Pictures"],
      path: "Tests/TestSupport/PageSamples", swiftSettings: strict),
    .target(
      name: "SoftPasskeys", dependencies: ["Passkeys", crypto, cryptoExtras],
      path: "Tests/TestSupport/SoftPasskeys", swiftSettings: strict),
    .target(
      name: "SoftProvider", dependencies: ["OpenIDConnect", "Passkeys", crypto, cryptoExtras],
      path: "Tests/TestSupport/SoftProvider", swiftSettings: strict),
    .target(
      name: "CheckSamples", dependencies: ["StudyModel"],
      path: "Tests/TestSupport/CheckSamples", swiftSettings: strict),
    .target(
      name: "InventedTrials",
      dependencies: ["Reports", "Statistics", "StudyLanguage", "StudyModel"],
      path: "Tests/TestSupport/InventedTrials", swiftSettings: strict),
    .executableTarget(
      name: "PagesPreview", dependencies: ["Pages", "PageSamples"],
      path: "Tests/TestSupport/PagesPreview", swiftSettings: strict),
    .executableTarget(
      name: "cluster-probe", dependencies: ["PrivateCluster"],
      path: "Tests/TestSupport/cluster-probe", swiftSettings: strict),
    tests("StudyModelTests", ["StudyModel"]),
    tests("StudyLanguageTests", ["CheckSamples", "StudyLanguage", "StudyModel"]),
    tests("StudyExchangeTests", ["StudyExchange", "StudyLanguage", "StudyModel"]),
    tests("PasskeysTests", ["Passkeys", "SoftPasskeys"]),
    tests("OpenIDConnectTests", ["OpenIDConnect", "SoftProvider"]),
    tests("InstrumentsTests", ["Instruments", "StudyLanguage", "StudyModel"]),
    tests("StatisticsTests", ["Statistics"]),
    tests(
      "ReportsTests", ["InventedTrials", "Reports", "Statistics", "StudyLanguage", "StudyModel"]),
    tests("CaseFilesTests", ["CaseFiles", "Statistics"]),
    tests("LockedMemoryTests", ["Conduct", "LockedMemory", "Randomization"]),
    tests("RandomizationTests", ["Randomization", crypto]),
    tests("RandomizationCasesTests", ["RandomizationCases"]),
    tests("PostgresTests", ["Postgres", "PostgresTestServer", "CRelay"]),
    tests("PrivateClusterTests", ["PrivateCluster", "cluster-probe"]),
    tests("MarkupTests", ["Markup"]),
    tests("PicturesTests", ["Markup", "Pictures"]),
    tests("PagesTests", ["Markup", "Pictures", "Pages", "PageSamples"]),
    tests("TidyTests", []),
    tests(
      "WebTests",
      [
        "Conduct", "InventedTrials", "Pages", "Postgres", "Reports", "Store", "StudyLanguage",
        "StudyModel", "Web", hummingbird, logging,
      ]),
    tests("CommandTests", ["Conduct", "Randomization", "StudyModel"]),
    tests(
      "JourneyTests",
      [
        "CheckSamples", "Conduct", "CRelay", "Datasets", "Host", "Instruments", "OpenIDConnect",
        "Passkeys",
        "Postgres", "PostgresTestServer", "Randomization", "Reports", "ServerBenchmark",
        "Simulation",
        "SoftPasskeys",
        "SoftProvider",
        "Store", "StudyModel",
      ]),
    tests(
      "TwoWorldsTests",
      [
        "Conduct", "Postgres", "PostgresTestServer", "Randomization", "Reports", "Simulation",
        "Store", "StudyModel", "Web", crypto, hummingbird, logging,
      ]),
  ],
  cxxLanguageStandard: .cxx17
)
