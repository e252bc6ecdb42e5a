import Foundation
import Store
import StudyModel
import Synchronization

/// The folder of the envelope files of this daemon, and the one worker that writes them.
///
/// Written after the commit of an allocation and never before its answer: an envelope that cannot
/// be written fails no allocation, and is made by the next pass.
public actor EnvelopeCabinet {
  /// How long a burst of allocations is gathered, at least, before its files are written once.
  private static let gathering: Duration = .milliseconds(500)
  /// How many times as long as the last writing took: a large site takes a tenth of a core at most.
  private static let rest = 9

  private struct Place: Hashable {
    let trial: TrialID
    let site: SiteKey
  }

  private let folder: URL
  /// Noted before the answer of an allocation, so that whoever settles afterwards waits for it.
  private let waiting = Mutex<[Place: (trial: Trial, installation: Installation)]>([:])
  private var worker: Task<Void, Never>?

  /// The cabinet in a folder, which is made when first needed.
  public init(folder: String) {
    self.folder = URL(fileURLWithPath: folder, isDirectory: true)
  }

  /// Told that a site has a new allocation or was opened.
  nonisolated func allocated(at site: String, in trial: Trial, _ installation: Installation) {
    guard let site = try? SiteKey(parsing: site) else { return }
    waiting.withLock { $0[Place(trial: trial.id, site: site)] = (trial, installation) }
    Task { await self.start() }
  }

  /// Waits until everything told so far is written.
  public func settle() async {
    start()
    while let worker { await worker.value }
  }

  private func start() {
    guard worker == nil, hasWaiting else { return }
    worker = Task { await self.work() }
  }

  private var hasWaiting: Bool { waiting.withLock { !$0.isEmpty } }

  private func work() async {
    var pause = Self.gathering
    while hasWaiting {
      try? await Task.sleep(for: pause)
      let batch = waiting.withLock { told in
        defer { told = [:] }
        return told
      }
      let taken = await ContinuousClock().measure {
        for (place, told) in batch {
          // Whatever fails here is made good by the next pass over all sites.
          _ = try? await told.installation.renewEnvelopes(at: place.site, in: told.trial)
        }
      }
      pause = max(Self.gathering, taken * Self.rest)
    }
    worker = nil
  }

  /// The file of a site as it was written last, nil when there is none that can be read.
  func file(of site: SiteKey, in trial: Trial) -> EnvelopeFile? {
    guard let data = try? Data(contentsOf: path(site, trial)) else { return nil }
    return try? EnvelopeFile(reading: Array(data))
  }

  /// Writes the file of a site in the place of the one before, whole or not at all.
  func keep(_ file: EnvelopeFile, in trial: Trial) throws {
    let path = path(file.site, trial)
    try FileManager.default.createDirectory(
      at: path.deletingLastPathComponent(), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    try Data(file.bytes).write(to: path, options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path.path)
  }

  private func path(_ site: SiteKey, _ trial: Trial) -> URL {
    folder.appending(path: trial.key).appending(path: "\(site.text).json")
  }
}
