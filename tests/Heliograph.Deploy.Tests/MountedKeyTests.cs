// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Xunit;

namespace Heliograph.Deploy.Tests;

/// <summary>Who may read a private key that is used: as Kubernetes mounts it for a process that is not root's, and no further.</summary>
public sealed class MountedKeyTests
{
    private const int User = 1654;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, "440", true)] // root's, for the group of the pod
    [InlineData(0, "640", true)]
    [InlineData(0, "444", false)]
    [InlineData(0, "460", false)]
    [InlineData(User, "400", true)]
    [InlineData(User, "440", false)] // its own, which others read
    public async Task A_key_of_roots_may_be_readable_by_the_group(int owner, string mode, bool isUsed)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && ToolRun.Has("setpriv"), "Only root can give a file to another (setpriv of util-linux).");
        var directory = Directory.CreateTempSubdirectory("hlp-");
        try
        {
            string Path(string name) => System.IO.Path.Combine(directory.FullName, name);
            Assert.Equal(0, (await ToolRun.OfAsync(Repository.Helio, ["certs", "init", "shop", "--dir", Path("ca")], Cancel)).Code);
            Assert.Equal(0, (await ToolRun.OfAsync(Repository.Helio, ["certs", "issue", "origin/o1", "--dir", Path("ca"), "--out", Path("tls")], Cancel)).Code);
            Assert.Equal(0, (await ToolRun.OfAsync("bash", ["-c", $"chmod 755 '{directory.FullName}' '{Path("ca")}' '{Path("tls")}' && chown {owner}:{User} '{Path("tls/o1-key.pem")}' && chmod {mode} '{Path("tls/o1-key.pem")}'"], Cancel)).Code);

            var number = User.ToString(CultureInfo.InvariantCulture);
            var ran = await ToolRun.OfAsync("setpriv", ["--reuid", number, "--regid", number, "--clear-groups", Repository.Helio, "config", "check", "origin",
                "--data", Path("data"), "--listen", "tls://127.0.0.1:7443", "--ca", Path("ca/ca.pem"), "--cert", Path("tls/o1.pem"), "--key", Path("tls/o1-key.pem")], Cancel);

            Assert.True(isUsed == (ran.Code == 0), ran.Out + ran.Error);
            if (!isUsed) Assert.Contains("accessible to others", ran.Error, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
