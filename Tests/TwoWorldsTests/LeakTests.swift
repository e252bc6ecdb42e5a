import Testing

@Suite(.serialized) struct LeakTests {
  static let all = Leak.inDatabase + Leak.inAnswers + Leak.inStack + Leak.inFiles

  /// In the short form one in four, over both natures.
  static let planted =
    Extent.isFull ? all : all.enumerated().filter { $0.offset % 4 == 1 }.map(\.element)

  @Test func `there are at least forty leaks, each with a name of its own`() {
    #expect(Self.all.count >= 40)
    #expect(Set(Self.all.map(\.name)).count == Self.all.count)
    #expect(Self.all.filter { $0.nature == .database }.count >= 20)
  }

  @Test func `NI-1: what only the server around the product shows is found over a connection`()
    async throws
  {
    let stories = try await NonInterferenceTests.arms.value
    var checked: Set<String> = []
    for leak in Leak.inStack {
      // The same is asked without any of them.
      if checked.insert("\(leak.probe)").inserted {
        let within = try await leak.foundWithoutServer(in: stories)
        #expect(within.isEmpty, "\(leak.name): \(within.first?.description ?? "")")
      }
      let found = try await leak.found(in: stories)
      #expect(!found.isEmpty, "\(leak.name) is not found")
    }
  }

  @Test func `NI-1: what a file to take away gives away is found in that file and in no other`()
    async throws
  {
    let stories = try await NonInterferenceTests.arms.value
    #expect(Leak.inFiles.filter { $0.nature == .database }.count >= 2)
    var checked: Set<String> = []
    for leak in Leak.inFiles {
      let elsewhere = leak.probed(try #require(leak.elsewhere))
      for clean in [leak, elsewhere] where checked.insert("\(clean.probe)").inserted {
        let before = try await clean.control(in: stories)
        #expect(before.isEmpty, "without “\(leak.name)”: \(before.first?.description ?? "")")
      }
      let found = try await leak.found(in: stories)
      #expect(!found.isEmpty, "\(leak.name) is not found")
      // A probe that asks for another file is given one, and misses it.
      let other = try await elsewhere.found(in: stories)
      #expect(other.isEmpty, "\(leak.name): \(other.first?.description ?? "")")
    }
  }

  @Test func `a probe for a file that somebody is not given finds nothing and says so`()
    async throws
  {
    let stories = try await NonInterferenceTests.arms.value
    let address = "/audit/file.csv"
    let leak = try #require(Leak.inFiles.first).probed(.taking("rater-1", [address]))
    await #expect(throws: NoFile(address: address, status: 404)) {
      try await leak.found(in: stories)
    }
    // A page is answered, and is no file.
    let page = leak.probed(.taking("data_manager", ["/audit"]))
    await #expect(throws: NoFile(address: "/audit", status: 200)) {
      try await page.found(in: stories)
    }
  }

  @Test func `each planted leak is found`() async throws {
    let stories = try await NonInterferenceTests.arms.value
    var missed: [String] = []
    var checked: Set<String> = []
    for leak in Self.planted {
      if checked.insert("\(leak.probe)").inserted {
        let before = try await leak.control(in: stories)
        #expect(before.isEmpty, "without “\(leak.name)”: \(before.first?.description ?? "")")
      }
      do {
        let found = try await leak.found(in: stories)
        if found.isEmpty { missed.append("\(leak.name) (\(leak.nature.rawValue))") }
        if Extent.isFull { print("LEAK", leak.name, "->", found.first?.description ?? "missed") }
      } catch {
        missed.append("\(leak.name): not planted, \(error)")
      }
    }
    #expect(missed.isEmpty, "\(missed.joined(separator: "\n"))")
  }
}
