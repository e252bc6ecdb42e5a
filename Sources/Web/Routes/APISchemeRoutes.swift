import Conduct
import Foundation
import Store
import StudyModel

/// The part of the API for candidate schemes, their simulation and the commitment to one of them.
extension APIRoutes {
  private static let see = Access.anyOf([.draftRandomization, .approveRandomization])
  private static let draft = Access.anyOf([.draftRandomization])

  static let schemes: [Route] = [
    .api("GET", "/randomization", see, "How far the randomization is, and its candidates.") {
      call in
      let actor = try call.actor
      return try .json(
        RandomizationBody(
          try await call.installation.randomizationOverview(as: actor),
          drafts: try await call.installation.schemeDrafts(as: actor),
          simulation: try await call.installation.simulations(as: actor).last))
    },
    .api(
      "POST", "/randomization/drafts", draft,
      "Keeps a candidate: a scheme, or the method to start from (“definition” for the definition's).",
      body: [.optional("scheme", .object), .optional("method")]
    ) { call in
      let number = try await call.installation.draftScheme(
        try SchemeBody.source(call.json), as: try call.actor)
      return try .json(["draft": number], status: 201)
    },
    .api("POST", "/randomization/drafts/{number}/withdraw", draft, "Withdraws a candidate.") {
      call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      try await call.installation.withdrawDraft(number, as: try call.actor)
      return try .json(["status": "withdrawn"])
    },
    .api(
      "POST", "/randomization/drafts/{number}/commit", draft,
      "Commits to a simulated candidate as the next epoch; the first one names the entropy's source.",
      body: [.optional("entropy_plan"), .optional("password")]
    ) { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      try await call.installation.commitScheme(
        number, entropyPlan: JSONBody(call.json)?["entropy_plan"] ?? "",
        as: try await call.freshActor())
      return try .json(["status": "committed"], status: 201)
    },
    .api(
      "POST", "/randomization/simulations", draft, "Starts a simulation of the candidates.",
      body: [
        .required("runs", .integer), .required("participants", .integer),
        .optional("mix", .object),
      ]
    ) { call in
      let body = JSONBody(call.json)
      let order = SimulationOrder(
        runs: body?.number("runs") ?? 0, participants: body?.number("participants") ?? 0,
        mix: try SchemeBody.mix(body?.object("mix")))
      let number = try await call.installation.startSimulation(order, as: try call.actor)
      return try .json(["simulation": number], status: 201)
    },
    .api("POST", "/randomization/simulations/cancel", draft, "Cancels the simulation.") { call in
      try await call.installation.cancelSimulation(as: try call.actor)
      return try .json(["status": "stopping"])
    },
    .api("GET", "/randomization/simulations/{number}", see, "The report of a simulation.") { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      return try .json(try await call.installation.simulationReport(number, as: try call.actor))
    },
    .api(
      "GET", "/randomization/simulations/{number}/simulation.csv", see,
      "The figures of a simulation as CSV."
    ) { call in
      try await SimulationPages(call).file()
    },
  ]
}

/// A candidate as a program sends it.
enum SchemeBody {
  static func source(_ json: [UInt8]) throws(ActRefusal) -> SchemeSource {
    let body = JSONBody(json)
    switch (body?.object("scheme"), body?["method"]) {
    case (let scheme?, nil):
      // Read anew from the object: whatever canonical JSON cannot hold is refused by the engine.
      guard let bytes = try? JSONSerialization.data(withJSONObject: scheme) else { break }
      return .json(Array(bytes))
    case (nil, "definition"?): return .definition
    case (nil, let name?):
      if let suggestion = SchemeSuggestion(rawValue: name) { return .suggestion(suggestion) }
    default: break
    }
    throw .invalid([
      Fault(
        field: "method", code: "unknown_method",
        sentence: "Give either a scheme, or a method: definition, "
          + SchemeSuggestion.allCases.map(\.rawValue).joined(separator: ", ")
          + ". Nothing was drafted.")
    ])
  }

  static func mix(_ object: [String: Any]?) throws(ActRefusal) -> [String: [Int]] {
    guard let object else { return [:] }
    guard let mix = object as? [String: [Int]] else {
      throw .invalid([
        Fault(
          field: "mix", code: "bad_mix",
          sentence: "mix holds an array of whole numbers for each factor. Nothing was simulated.")
      ])
    }
    return mix
  }
}

/// How far the randomization is, as JSON.
struct RandomizationBody: Codable {
  struct Epoch: Codable {
    let epoch: Int
    let committed: String
    let approved: Bool
    let inForce: String?
    let simulation: Int?
  }

  struct Draft: Codable {
    let draft: Int
    let method: String
    let scheme: String
    let advisories: [SchemeSummary.Advice]
    let differences: [String]
    let simulation: Int?
  }

  struct SimulationAnswer: Codable {
    let simulation: Int
    let stage: String
    let done: Int
    let total: Int
    let sha256: String
  }

  let state: String
  let ledger: String
  let epochs: [Epoch]
  let drafts: [Draft]
  let simulation: SimulationAnswer?

  init(
    _ overview: RandomizationOverview, drafts: [SchemeDraft], simulation: SimulationState?
  ) {
    state = overview.state.rawValue
    ledger = overview.ledger
    epochs = overview.epochs.map {
      Epoch(
        epoch: $0.number, committed: $0.committedAt.description, approved: $0.isApproved,
        inForce: $0.inForceAt?.description, simulation: $0.simulation)
    }
    self.drafts = drafts.map {
      Draft(
        draft: $0.number, method: $0.summary.method, scheme: $0.summary.text,
        advisories: $0.summary.advice, differences: $0.differences, simulation: $0.simulation)
    }
    self.simulation = simulation.map {
      SimulationAnswer(
        simulation: $0.number, stage: $0.stage.rawValue, done: $0.done, total: $0.total,
        sha256: $0.digest)
    }
  }
}
