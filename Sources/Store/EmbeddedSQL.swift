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
