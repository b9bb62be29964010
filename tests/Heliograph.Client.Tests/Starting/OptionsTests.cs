// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Heliograph.Client.Tests.Support;
using Xunit;

namespace Heliograph.Client.Tests.Starting;

/// <summary>Options are refused whole, with every fault named.</summary>
public sealed class OptionsTests
{
    public static TheoryData<string, Action<HeliographConfigurationOptions>> Faults => new()
    {
        { "Parents is empty", options => options.Parents.Clear() },
        { "names one address; name a second, or set AllowSingleParent", options => options.Parents.RemoveAt(0) },
        { "names an address twice", options => options.Parents.Add(options.Parents[0]) },
        { "is not an address", options => options.Parents.Add("agent") },
        { "the scheme is not one of", options => options.Parents.Add("http://127.0.0.1:1") },
        { "only for loopback addresses", options => options.Parents.Add("tcp://10.0.0.1:7070") },
        { "needs AuthorityFile", options => options.Parents.Add("tls://relay.example:7443") },
        { "Instance.Id must be given", options => options.Instance.Id = "" },
        { "Instance.Service must be given", options => options.Instance.Service = "" },
        { "A Instance.Region has at most 128 characters", options => options.Instance.Region = new string('x', 129) },
        { "Give TrustFile or TrustBytes", options => options.TrustBytes = default },
        { "Give TrustFile or TrustBytes, one of them", options => options.TrustFile = "trust.json" },
        { "given together", options => options.CertificateFile = "me.pem" },
        { "StartupWait is 0 to 10 minutes", options => options.StartupWait = TimeSpan.FromHours(1) },
        { "BakeTime is 1 s to 7 days", options => options.BakeTime = TimeSpan.Zero },
        { "Nothing is selected", options => { } },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void A_fault_is_named(string message, Action<HeliographConfigurationOptions> spoil)
    {
        var options = TestClients.Complete(new HeliographConfigurationOptions(), TimeProvider.System);
        if (!message.StartsWith("Nothing", StringComparison.Ordinal)) options.Select("shop.basket");
        spoil(options);

        var error = Assert.Throws<ArgumentException>(options.Validate);

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_named_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new HeliographClient(new HeliographClientOptions()));

        Assert.Contains("Parents is empty", error.Message, StringComparison.Ordinal);
        Assert.Contains("Instance.Id", error.Message, StringComparison.Ordinal);
        Assert.Contains("TrustFile", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_parent_is_enough_for_who_says_so()
    {
        var options = TestClients.Options(TimeProvider.System, TestClients.Basket);
        options.Parents.RemoveAt(0);
        options.AllowSingleParent = true;

        options.Validate();
    }
}
