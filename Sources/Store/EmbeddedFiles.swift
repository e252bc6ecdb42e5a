import CEmbeddedFiles

/// The bytes of a file inside the binary, copied out once.
private func copied(_ file: EmbeddedFile) -> (name: String, bytes: [UInt8]) {
  // The C arrays are constants of the binary: their pointers live as long as the process.
  let name = unsafe String(cString: file.name)
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.length))
  return (name, bytes)
}

func embeddedMigration(_ index: Int) -> (name: String, bytes: [UInt8]) {
  unsafe copied(embedded_migration(index))
}

func embeddedLogins() -> (name: String, bytes: [UInt8]) {
  unsafe copied(embedded_logins())
}

func embeddedCatalogs() -> (name: String, bytes: [UInt8]) {
  unsafe copied(embedded_catalogs())
}

/// The study definitions inside the binary.
public enum EmbeddedStudies {
  /// The text of a definition by its key, nil when none of that key ships.
  public static func definition(_ key: String) -> String? {
    // Index below the count; the arrays are constants of the binary.
    for index in 0..<embedded_study_count {
      let file = unsafe copied(embedded_study(index))
      if file.name == key { return String(decoding: file.bytes, as: UTF8.self) }
    }
    return nil
  }
}

/// The examples of trials inside the binary.
public enum EmbeddedExamples {
  /// The reference trial A: three arms, 400 participants, six visits.
  public static var trialA: String {
    String(decoding: unsafe copied(embedded_trial_a()).bytes, as: UTF8.self)
  }
}

/// The style sheet, scripts and icons inside the binary.
public enum EmbeddedAssets {
  /// Every asset: its file name and bytes.
  public static var all: [(name: String, bytes: [UInt8])] {
    // Indices below the count; the arrays are constants of the binary.
    (0..<embedded_asset_count).map { unsafe copied(embedded_asset($0)) }
  }
}

/// Passwords that guessing programs try first, inside the binary.
public enum EmbeddedPasswords {
  /// In small letters, the most frequent first.
  public static var all: [Substring] {
    String(decoding: unsafe copied(embedded_common_passwords()).bytes, as: UTF8.self)
      .split(separator: "\n")
  }
}
