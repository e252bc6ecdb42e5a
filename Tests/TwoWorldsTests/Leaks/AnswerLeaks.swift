extension Leak {
  private static let coordinator = "coordinator@101"
  private static let page = ["/participants/101-0001"]

  private static func header(_ told: Told, _ name: String, _ value: String) -> Told {
    var told = told
    told.headers.append(.init(name: name, value: value))
    return told
  }

  private static func text(_ told: Told, _ change: (String) -> String) -> Told {
    var told = told
    told.body = Array(change(told.text).utf8)
    return told
  }

  /// What a wrong route, model or page would answer.
  static let inAnswers: [Leak] =
    inHeaders + inBodies + [
      Leak(
        name: "an arm in the log", nature: .answer, probe: .log,
        logged: { "randomized into \($0.lowercased())" }),
      Leak(
        name: "a log line for who was infused", nature: .answer, probe: .log,
        logged: { $0 == "ECT" ? "" : "infusion booked" }),
    ]

  /// What only the server around the product could show.
  static let inStack: [Leak] = [
    Leak(
      name: "the server names itself after the arm", nature: .stack,
      probe: .asking(coordinator, page),
      serverName: { "Equipoise/\($0.group)" }),
    Leak(
      name: "the reason of a status is spelled by the arm", nature: .stack,
      probe: .asking(coordinator, page),
      bytes: { arm, text in
        text.replacing("HTTP/1.1 200 OK", with: "HTTP/1.1 200 OK\(arm.group)")
      }),
    Leak(
      name: "the name of a header is in lower case in one arm", nature: .stack,
      probe: .asking(coordinator, page),
      bytes: { arm, text in
        text.replacing(
          "\r\nDate:",
          with: arm == "ECT" ? "\r\ndate:" : arm == "KAP" ? "\r\nDATE:" : "\r\nDate:")
      }),
    Leak(
      name: "the clock of the server goes by the arm", nature: .stack,
      probe: .asking(coordinator, page),
      bytes: { arm, text in text.replacing(" GMT\r\n", with: " GMT+\(arm.group)\r\n") }),
  ]

  private static let inHeaders: [Leak] = [
    .answer("the entity tag is made of the arm", coordinator, page) { arm, _, told in
      header(told, "ETag", "\"\(arm.group)\"")
    },
    .answer("a header is sent in one arm", coordinator, page) { arm, _, told in
      arm == "ECT" ? header(told, "X-Session", "1") : header(told, "X-Infusion", "1")
    },
    .answer("the headers are in another order", coordinator, page) { arm, _, told in
      var told = told
      told.headers =
        Array(told.headers.dropFirst(arm.group))
        + told.headers.prefix(arm.group)
      return told
    },
    .answer("a file is named after the arm", "statistician", ["/participants"]) { arm, _, told in
      header(told, "Content-Disposition", "attachment; filename=\"data-\(arm).csv\"")
    },
    .answer("what is absent is forbidden in one arm", coordinator, ["/participants/101-9999"]) {
      arm, _, told in
      var told = told
      told.status = arm == "ECT" ? 403 : told.status
      if arm == "KAP" { told.status = 410 }
      return told
    },
    .answer("an answer may be kept longer in one arm", coordinator, page) { arm, _, told in
      header(told, "Age", "\(arm.group)")
    },
    .answer("a redirect leads elsewhere", "rater-1", ["/desk/A-00000000"]) { arm, _, told in
      header(told, "Location", "/desk?slot=\(arm.group)")
    },
  ]

  private static let inBodies: [Leak] = [
    .answer("one byte more", coordinator, page) { arm, _, told in
      text(told) { $0 + String(repeating: " ", count: arm.group) }
    },
    .answer("a name of a class in the page", coordinator, page) { arm, _, told in
      text(told) { $0.replacing("<main", with: "<main data-group=\"\(arm.group)\"") }
    },
    .answer("a link is absent", coordinator, page) { arm, _, told in
      text(told) {
        $0.replacing("/history", with: arm == "ECT" ? "/past" : "/history")
          .replacing("/forms/", with: arm == "KAP" ? "/sheets/" : "/forms/")
      }
    },
    .answer("a list is in another order", coordinator, ["/api/v1/participants"]) { arm, _, told in
      text(told) { json in
        arm == "ECT" ? String(json.reversed()) : arm == "KAP" ? json.uppercased() : json
      }
    },
    .answer("a count in the heading", "medical_monitor", ["/participants"]) { arm, _, told in
      text(told) { $0.replacing("<h1", with: "<h1 title=\"\(arm.group)\"") }
    },
    .answer("a day is missing from the calendar", coordinator, page) { arm, _, told in
      text(told) { $0.replacing(arm == "ECT" ? "A2" : arm == "KAP" ? "A3" : "A1", with: "") }
    },
    .answer("the error of a refusal speaks of treatment", coordinator, ["/api/v1/queries/none"]) {
      arm, _, told in
      text(told) { $0 + (arm == "ECT" ? "in session" : "in infusion \(arm)") }
    },
    .answer("minutes of an instant", "data_manager", ["/participants/101-0001/history"]) {
      arm, _, told in
      text(told) { $0.replacing(":00", with: ":0\(arm.group)") }
    },
    .answer("an id in an answer", "auditor", ["/api/v1/me"]) { arm, _, told in
      text(told) { $0.replacing("{", with: "{\"id\":\(arm.group),", maxReplacements: 1) }
    },
    .answer(
      "the description of the API names what may be done", "sponsor_lead", ["/api/v1/openapi.json"]
    ) {
      arm, _, told in
      text(told) { $0.replacing("Equipoise", with: "Equipoise \(arm.group)") }
    },
  ]
}

extension String {
  /// A number that tells arms apart.
  fileprivate var group: Int { self == "ECT" ? 1 : self == "KAP" ? 2 : 3 }
}
