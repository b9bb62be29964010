// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Sequencing;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>What an origin must refuse whole, of every kind.</summary>
internal static class WrongSubmissions
{
    private static readonly NamespaceName _name = Authors.Names[0];

    private static readonly string[] _bindings =
    [
        "no json", "[]", """{"subject":1}""", """{"subject":"a","subject":"b"}""", """{"subject":"a","who":"b"}""", """{"subject":"a","role":"reader"} 1""",
        """{"role":"reader","namespaces":"*"}""", """{"subject":"a*b","role":"reader","namespaces":"*"}""", """{"subject":"a","role":"king","namespaces":"*"}""", """{"subject":"a","role":"admin","namespaces":"A"}""",
    ];

    /// <summary>One of them.</summary>
    public static Submission Draw(Random random, string id) => random.Next(20) switch
    {
        0 => Change(id, Put("twice", "1"), Put("twice", "2")),
        1 => new Submission.Create(NamespaceName.Parse("heliograph.forged"), "", "mallory", id),
        2 => Change(id, Put("k", "v")) with { Actor = "" },
        3 => new Submission.Rollback(_name, new Revision(1, 1_000_000), null, "bob", id),
        4 => new Submission.Rollback(_name, new Revision(2, 1), null, "bob", id),
        5 => new Submission.Rollback(NamespaceName.Parse("never.was"), new Revision(1, 1), null, "bob", id),
        6 => Change(id) with { Actor = "amy" },
        7 => Change(id, Put("k", "v")) with { Actor = new string('a', Limits.ActorCharsMax + 1) },
        8 => Change("not an id", Put("k", "v")),
        9 => new Submission.Change(new Changeset(_name, [Put("k", "v")], "bell: \a"), "amy", id),
        10 => new Submission.Change(new Changeset(_name, [Put("k", "v")], new string('m', Limits.MessageCharsMax + 1)), "amy", id),
        11 => Change(id, Put("k", "\ud800 is half")),
        12 => Change(id, Put("k", "ends in \ud800")),
        13 => Change(id, With(contentType: "text\n")),
        14 => Change(id, With(tags: [.. Enumerable.Range(0, Limits.TagsMax + 1).Select(i => KeyValuePair.Create($"t{i:000}", ""))])),
        15 => Change(id, With(tags: [KeyValuePair.Create("b", "1"), KeyValuePair.Create("a", "2"), KeyValuePair.Create("", new string('t', Limits.TagCharsMax + 1))])),
        16 => new Submission.Change(new Changeset(NamespaceName.Realm, [Put("greeting", "hello"), new SettingOperation.Delete(SettingKey.Create("roles/x", "label"))]), "amy", id),
        17 => new Submission.Change(new Changeset(NamespaceName.Realm, [Put("roles/wrong", random.Pick(_bindings))]), "amy", id),
        18 => new Submission.Alter(_name, null, null, "bob", id),
        _ => new Submission.Alter(NamespaceName.Parse("never.was"), true, random.Pick(["", "tab\tis fine", "nul \0 is not"]), "bob", id),
    };

    private static Submission.Change Change(string id, params SettingOperation[] operations) => new(new Changeset(_name, operations, "wrong"), "amy", id);

    private static SettingOperation.Put Put(string key, string value) => new(Setting.Of(key, value));

    private static SettingOperation.Put With(string? contentType = null, IReadOnlyList<KeyValuePair<string, string>>? tags = null) =>
        new(new Setting(SettingKey.Create("k"), "v", contentType, [.. tags ?? []]));
}
