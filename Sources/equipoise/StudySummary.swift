import StudyModel

/// A definition in short, for a person who wants to know which study it is.
struct StudySummary {
  private let study: StudyDefinition

  init(_ study: StudyDefinition) { self.study = study }

  /// The summary as lines.
  var text: String {
    var text = TerminalText.plain(study.title) + "\n"
    text += TerminalText.table([
      ["key", study.key], ["protocol", plain(study.protocolNumber)],
      ["version", plain(study.version)],
    ])
    text += part("Arms", study.arms.map { [$0.code.text, plain($0.title), "ratio \($0.ratio)"] })
    text += part(
      "Randomization",
      [
        ["method", method], ["planned participants", "\(study.randomization.plannedTotal)"],
        ["stratified by", study.factors.map { plain($0.title) }.joined(separator: ", ")],
      ])
    text += part(
      "Visits",
      study.visits.map { visit in
        [visit.code.text, plain(visit.title), window(visit), forms(at: visit.code)]
      })
    text += part("Hypotheses", study.hypotheses.map { [plain($0.id), plain($0.sentence)] })
    text += part("Looks", (study.interim?.looks ?? []).map { [plain($0.id), look($0)] })
    text += part("Roles", study.roles.map { [$0.id.text, plain($0.title), $0.blinding.rawValue] })
    return text
  }

  private func part(_ title: String, _ rows: [[String]]) -> String {
    rows.isEmpty ? "" : "\n\(title)\n" + TerminalText.table(rows)
  }

  private func plain(_ text: String) -> String { TerminalText.plain(text) }

  /// The method without its block sizes: who knows them can guess the end of a block.
  private var method: String {
    switch study.randomization.method {
    case .block: "permuted blocks"
    case .named(let name, _): plain(name)
    }
  }

  private func window(_ visit: Visit) -> String {
    guard let target = visit.targetDay, let window = visit.window else { return "no window" }
    return "day \(target) (\(window.lowerBound) to \(window.upperBound))"
  }

  private func forms(at visit: VisitCode) -> String {
    TerminalText.count(study.forms(at: visit).count, "form")
  }

  private func look(_ look: InterimLook) -> String {
    let purpose = look.isEfficacy ? "efficacy" : "safety"
    return "\(look.participants) participants at day \(look.reachedDay), \(purpose)"
  }
}
