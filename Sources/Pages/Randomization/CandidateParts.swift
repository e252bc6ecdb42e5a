import Markup

/// One candidate scheme in the list of candidates.
public struct CandidateRow: Sendable, Equatable {
  /// The number and the way to the page of the candidate.
  public var candidate: Link
  /// The method in words.
  public var method: String
  /// The shares of the arms.
  public var ratio: String
  /// How far its simulation is.
  public var chip: Chip
  /// What is to be weighed, how many sentences.
  public var advisories: String

  /// All of it at once.
  public init(
    candidate: Link, method: String, ratio: String, chip: Chip, advisories: String
  ) {
    self.candidate = candidate
    self.method = method
    self.ratio = ratio
    self.chip = chip
    self.advisories = advisories
  }
}

/// A simulation on its way or just ended.
public struct SimulationProgress: Sendable, Equatable {
  /// Where it is.
  public var chip: Chip
  /// How far it is, in a sentence.
  public var sentence: String
  /// The page read again, or the report.
  public var links: [Link]
  /// Where stopping it is posted, nil when it does not run.
  public var cancel: FormTarget?

  /// All of it at once.
  public init(
    chip: Chip, sentence: String, links: [Link] = [],
    cancel: FormTarget? = nil
  ) {
    self.chip = chip
    self.sentence = sentence
    self.links = links
    self.cancel = cancel
  }
}

extension Markup {
  /// Writes the candidates with what can be done next.
  mutating func candidates(_ rows: [CandidateRow], links: [Link]) {
    part("Candidate schemes") { page in
      if rows.isEmpty {
        page.nothing(
          "No candidate is drafted. A candidate is a scheme nothing is committed to yet.")
      } else {
        page.workTable(
          "Candidate schemes", columns: ["Candidate", "Method", "Ratio", "To weigh", "Simulation"],
          rows: rows.map { row in
            [
              .link(row.candidate), .text(row.method), .text(row.ratio), .text(row.advisories),
              .chip(row.chip),
            ]
          })
      }
      page.links(links)
    }
  }

  /// Writes how far a simulation is, with the button that stops it.
  mutating func progress(_ progress: SimulationProgress) {
    part("Simulation", class: "card") { page in
      page.chip(progress.chip)
      page.element(.p, .role("status"), text: progress.sentence)
      page.links(progress.links)
      if let cancel = progress.cancel {
        page.form(cancel) { page in
          page.element(.div, .class("acts")) { page in
            page.button("Cancel the simulation")
          }
        }
      }
    }
  }
}
