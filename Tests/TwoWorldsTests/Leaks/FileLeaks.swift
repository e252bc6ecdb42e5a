extension Leak {
  private static let manager = "data_manager"
  private static let table = Probe.taking(manager, ["/audit/file.csv"])
  private static let lines = Probe.taking(manager, ["/audit/file.jsonl", "/api/v1/audit"])
  private static let copies = Probe.taking(
    manager,
    (1...6).flatMap {
      ["/participants/101-000\($0)/copy.csv", "/api/v1/participants/101-000\($0)/copy.csv"]
    })

  /// What a file that somebody blinded takes away would hold, or be called.
  ///
  /// The bundle of a locked study is not among them: in the story people still take part.
  static let inFiles: [Leak] = [
    Leak(
      name: "the first line on a participant in the file of the audit trail ends with the arm",
      nature: .database, probe: .taking(manager, ["/audit/file.csv", "/api/v1/audit"]),
      // The reason of a line is not of a casebook.
      elsewhere: copies,
      sql: """
        update open.audit a set reason = a.reason || ' ' || x.arm from two_worlds.arms x
         where a.seq = (select min(b.seq) from open.audit b
           where b.trial_id = a.trial_id and b.object like '%' || x.participant || '%')
        """),
    Leak(
      name: "a value in the copy of a casebook follows the arm", nature: .database, probe: copies,
      elsewhere: table,
      sql: """
        update open.entry_versions e set answers = answers || jsonb_build_object('edu_years',
          case x.arm when 'KET' then '10' when 'KAP' then '11' else '12' end)
          from two_worlds.arms x where e.participant = x.participant and e.form = 'DM'
        """),
    .inFile("a table is named after the arm", table, elsewhere: lines) { arm, told in
      guard let at = told.headers.firstIndex(where: { $0.name == "Content-Disposition" }),
        told.headers[at].value.hasSuffix(".csv\"")
      else { return }
      let name = told.headers[at].value.replacing(".csv", with: "-\(arm).csv")
      told.headers[at] = Told.Header(name: "Content-Disposition", value: name)
    },
    .inFile("the lines of a file begin with another one", lines, elsewhere: table) { arm, told in
      guard told.headers.contains(where: { $0.value.hasPrefix("application/jsonl") }) else {
        return
      }
      let lines = told.body.split(separator: 0x0A)
      let first = arm == "ECT" ? 1 : arm == "KAP" ? 2 : 3
      told.body = Array((lines.dropFirst(first) + lines.prefix(first)).joined(separator: [0x0A]))
    },
    .inFile("a byte in the middle of a table is another one", table, elsewhere: copies) {
      arm, told in
      guard told.headers.contains(where: { $0.value.contains("-audit-open.csv") }) else { return }
      told.body[told.body.count / 2] = arm == "ECT" ? 0x31 : arm == "KAP" ? 0x32 : 0x33
    },
  ]

  private static func inFile(
    _ name: String, _ probe: Probe, elsewhere: Probe,
    _ change: @escaping @Sendable (String, inout Told) -> Void
  ) -> Leak {
    Leak(
      name: name, nature: .answer, probe: probe, elsewhere: elsewhere,
      change: { arm, _, told in
        guard told.isFile else { return told }
        var told = told
        change(arm, &told)
        return told
      })
  }
}
