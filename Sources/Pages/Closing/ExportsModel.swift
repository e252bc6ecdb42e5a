/// The present export with its files, and earlier ones.
public struct ExportsModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The class of the content.
  public var contentClass: Chip
  /// Whether the arms in it are random.
  public var isDummy: Bool
  /// Snapshot, definition, purpose, person.
  public var facts: [Fact]
  /// The files in order of their names.
  public var files: [ExportFileRow]
  /// The hash of the manifest.
  public var manifestHash: String
  /// Everything as one file.
  public var download: Link?
  /// How far a running export is.
  public var progress: ExportProgress?
  /// What the validators found, in sentences.
  public var notes: [String]
  /// The form for a new export.
  public var create: ActForm?
  /// Earlier exports.
  public var earlier: DataTable?
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, contentClass: Chip, isDummy: Bool = false, facts: [Fact],
    files: [ExportFileRow], manifestHash: String = "", download: Link? = nil,
    progress: ExportProgress? = nil, notes: [String] = [], create: ActForm? = nil,
    earlier: DataTable? = nil, faults: [Fault] = []
  ) {
    self.frame = frame
    self.contentClass = contentClass
    self.isDummy = isDummy
    self.facts = facts
    self.files = files
    self.manifestHash = manifestHash
    self.download = download
    self.progress = progress
    self.notes = notes
    self.create = create
    self.earlier = earlier
    self.faults = faults
  }
}

/// One file of an export.
public struct ExportFileRow: Sendable, Equatable {
  /// The name of the file.
  public var name: String
  /// Where it is kept.
  public var href: String
  /// The number of rows.
  public var rows: String
  /// The size in words.
  public var size: String
  /// The SHA-256 of the file.
  public var hash: String
  /// The first fault the validators found.
  public var finding: String

  /// All of it at once.
  public init(
    name: String, href: String = "", rows: String, size: String, hash: String, finding: String = ""
  ) {
    self.name = name
    self.href = href
    self.rows = rows
    self.size = size
    self.hash = hash
    self.finding = finding
  }
}

/// How far a running export is.
public struct ExportProgress: Sendable, Equatable {
  /// Files made.
  public var done: Int
  /// Files to make.
  public var count: Int
  /// How long still, in words.
  public var left: String
  /// The same page, read again.
  public var refresh: Link
  /// Where it is stopped.
  public var cancel: FormTarget?

  /// All of it at once.
  public init(done: Int, count: Int, left: String, refresh: Link, cancel: FormTarget? = nil) {
    self.done = done
    self.count = count
    self.left = left
    self.refresh = refresh
    self.cancel = cancel
  }
}
