import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Pattern;

/** Walks a list with the HttpClient as it is, which offers HTTP/2 with every request. */
public class Java {
  public static void main(String[] args) throws Exception {
    var client = HttpClient.newHttpClient();
    var next = Pattern.compile("\"next_cursor\":\"([^\"]+)\"");
    var item = Pattern.compile("\"id\":");
    var items = 0L;
    for (var cursor = ""; cursor != null; ) {
      var uri = URI.create(args[0] + "/users?page_size=100" + (cursor.isEmpty() ? "" : "&start_cursor=" + cursor));
      var page = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
      if (page.statusCode() != 200) {
        throw new Exception(page.statusCode() + " " + page.body());
      }
      items += item.matcher(page.body()).results().count();
      var found = next.matcher(page.body());
      cursor = found.find() ? found.group(1) : null;
    }
    System.out.println(items);
  }
}
