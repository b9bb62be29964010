// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Core.Access;
using Xunit;

namespace Heliograph.Core.Tests.Access;

/// <summary>Secrets and hashes are those of the vectors, which a program made that knows the reference only.</summary>
public sealed class AccessKeyDerivationTests
{
    private static readonly JsonElement s_golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Access", "golden-access-keys.json"))).RootElement;

    [Fact]
    public void Keys_secrets_and_hashes_are_those_of_the_vectors()
    {
        var master = Convert.FromHexString(s_golden.GetProperty("master").GetString()!);
        Assert.All(s_golden.GetProperty("keys").EnumerateArray(), vector =>
        {
            var (name, id) = (NamespaceName.Parse(Text(vector, "namespace")), Text(vector, "id"));
            var (reader, writer) = (AccessKeyDerivation.ReaderKey(master, name), AccessKeyDerivation.WriterKey(master, name));
            Assert.Equal((Text(vector, "reader_key"), Text(vector, "writer_key")), (Hex(reader), Hex(writer)));
            Assert.Equal(Text(vector, "reader_key_hash"), AccessKeyDerivation.Commitment(name, reader).ToString());
            var numbers = s_golden.GetProperty("numbers").EnumerateArray().Select(number => number.GetInt32()).ToList();
            for (var i = 0; i < numbers.Count; i++)
                foreach (var (key, access) in new[] { (reader, "read"), (writer, "write") })
                    Assert.Equal(vector.GetProperty(access == "read" ? "reader_secrets" : "writer_secrets")[i].GetString(),
                        Hex(AccessKeyDerivation.Key(key, id, new AccessKeyRecord(name.Value, access, numbers[i], numbers[i], default), name).Secrets[0].ToArray()));
        });
    }

    [Theory]
    [InlineData("""{"namespace":"shop","access":"read","primary":1,"secondary":2,"createdAt":"2026-11-26T10:00:00+00:00"}""", true)]
    [InlineData("""{"namespace":"shop","access":"read","primary":1,"secondary":2,"createdAt":"2026-11-26T10:00:00+00:00","readerKeyHash":"0000000000000000000000000000000000000000000000000000000000000001"}""", true)]
    [InlineData("""{"namespace":"shop","access":"read","primary":1,"secondary":2,"createdAt":"2026-11-26T10:00:00+00:00","readerKeyHash":"01"}""", false)]
    [InlineData("""{"namespace":"shop","access":"read","primary":1,"secondary":2,"createdAt":"2026-11-26T10:00:00+00:00","other":1}""", false)]
    [InlineData("""{"namespace":"shop","access":"write","primary":1,"secondary":2,"createdAt":"2026-11-26T10:00:00+00:00"}""", false)] // kept in the credentials, not here
    public void A_record_of_the_realm_opens_only_if_it_is_what_the_reference_says(string json, bool opens) =>
        Assert.Equal(opens, AccessKeyRecord.TryParse(json, NamespaceName.Realm, out _, out _));

    private static string Text(JsonElement vector, string name) => vector.GetProperty(name).GetString()!;

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
